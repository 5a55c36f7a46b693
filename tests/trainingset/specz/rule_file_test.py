"""Rule files of surveys: ours are right, and what is wrong with one is told with its line."""

from collections.abc import Sequence

import pytest

from trainingset.specz.check_surveys import main
from trainingset.specz.rule_file import RuleFileError, read_rule_file
from trainingset.specz.survey_book import SurveyBook

RULES = """\
name: MINE
title: A survey of my own
instrument_types: [s]
rules:
  version: 1
  source: me
  columns: {{ra: ra, dec: dec, z: z, z_flag: q, needed: {{cls: string}}}}
  quality:
    values: {values}
    conditions:
      - {{when: "{condition}", gives: 6}}
  instrument_type: {{default: s}}
"""


def rule_file(*, values: str = "{1: 0, 4: 4}", condition: str = "cls = 'STAR'") -> str:
    return RULES.format(values=values, condition=condition)


def problems_of(text: str | bytes) -> Sequence[str]:
    with pytest.raises(RuleFileError) as caught:
        read_rule_file(text, name="mine.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_all_files_of_the_package_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "40 surveys, 0 problems"


def test_a_file_of_ones_own_comes_before_a_survey_of_the_same_name() -> None:
    (mine,) = read_rule_file(rule_file().replace("MINE", "vandels"), name="mine.yaml")
    book = SurveyBook.of([mine])
    assert book.find("VANDELS") == mine
    assert book.rules("Vandels") == mine.rules
    assert SurveyBook.of().rules("VANDELS") != mine.rules


def test_rules_of_another_survey_are_found() -> None:
    book = SurveyBook.of()
    assert book.rules("jades_dr5_photoz_kron") == book.rules("JADES_DR5_PHOTOZ") is not None
    assert book.family("DESI_DR1") == book.family("desi") == "DESI"
    assert book.family("nobody knows") == "NOBODY KNOWS"


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("clss = 'STAR'", "names the column 'clss', which the table does not have; did you mean cls?"),
        ("cls = ", "cannot be read near '=' at character 5"),
        ("(" * 30 + "z > 1" + ")" * 30, "is nested more than 25 deep"),
        ("z = 'high'", "z"),
        ("z > 3 AND z < 2", "can never be true: no value of z meets all that it asks of it"),
        ("z_err = 1 AND z_err = 2", "can never be true: no value of z_err"),
        ("cls IN ('A', 'B') AND cls = 'C'", "can never be true: no value of cls"),
        ("z < 1 AND z > 1 OR 1 = 2", "can never be true"),
        ("z BETWEEN 3 AND 2", "can never be true"),
        ("1 = 2", "names no column, so it says nothing"),
        ("z > 1 AND 1 = 2", "can never be true: it compares two constants"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_told_with_its_line(condition: str, told: str) -> None:
    (problem,) = problems_of(rule_file(condition=condition))
    assert problem.startswith("mine.yaml: line 11: MINE: ")
    assert told in problem


@pytest.mark.parametrize(
    "condition",
    ["z < 1 AND z > 0", "z <= 1 AND z >= 1", "z < 1 OR z > 2", "cls = 'A' OR cls = 'B'", "NOT (z > 3 AND z < 2)"],
)
def test_a_condition_that_a_row_may_meet_is_taken(condition: str) -> None:
    assert read_rule_file(rule_file(condition=condition), name="mine.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            rule_file(values="{1: 5}"),
            "line 9: rules.quality.values.1: '5' is refused: input should be 0, 1, 2, 3, 4 or 6",
        ),
        (rule_file(values="{A: 3, a: 4}"), "line 9: MINE: the value 'a' is 'A' once more"),
        (rule_file(values="{1: 3, 1: 4}"), "line 9: the key 1 is given twice"),
        (rule_file().replace("version: 1", "vers: 1"), "line 5: rules.vers is no field"),
        (rule_file().replace("source: me", "source: [a"), "is no YAML"),
        ("a: &x [*x]", "line 1: *x refers to another value"),
        ("a: &x [1]\nb: *x", "line 2: *x refers to another value"),
        ("[" * 100, "line 1: values are nested more than 20 deep"),
        (
            "name: !!python/object/apply:os.system [ls]",
            "line 1: the tag tag:yaml.org,2002:python/object/apply:os.system",
        ),
        ("", "line 1: holds no survey"),
        ("x" * 200_001, "may have 200000 at most"),
        ("just a text", "line 1"),
        (
            "name: A\ntitle: a\ninstrument_types: [s]\nsame_rules_as: VVDSS",
            "line 4: A: there is no survey 'VVDSS'. Did you mean VVDS",
        ),
        ("name: A\ntitle: a\ninstrument_types: [s]", "line 1: A: has neither rules nor same_rules_as"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_line(text: str, told: str) -> None:
    assert any(told in problem for problem in problems_of(text)), problems_of(text)


def test_rules_that_refer_to_each_other_in_a_circle_are_refused() -> None:
    document = "name: {}\ntitle: x\ninstrument_types: [s]\nsame_rules_as: {}\n"
    text = "---\n".join([document.format("A", "B"), document.format("B", "C"), document.format("C", "A")])
    first, second, third = problems_of(text)
    assert "line 4: A: the rules refer to each other in a circle: A -> B -> C -> A" in first
    assert "line 9" in second
    assert "line 14" in third


def test_the_problems_of_all_documents_are_told_at_once() -> None:
    text = rule_file(condition="clss = 1") + "---\n" + rule_file(values="{1: 5}").replace("MINE", "OTHER")
    assert len(problems_of(text)) == 2


def test_wrong_fields_hide_no_wrong_conditions() -> None:
    first = rule_file(condition="z > 3 AND z < 2", values="{1: 5, A: 3, a: 4}").replace("version: 1", "vers: 1")
    second = "name: VVDSS\ntitle: x\nsame_rules_as: NOBODY\nsigns: [{holds: 'z > z', source: me}]\n"
    third = rule_file(condition="LAST_DIGIT(z) = 12").replace("MINE", "THIRD").replace("title: A", "titel: A")
    told = "\n".join(problems_of("---\n".join([first, second, third])))
    for expected in (
        "line 5: rules.vers is no field",
        "line 4: rules.version is missing",
        "line 9: rules.quality.values.1: '5' is refused",
        "line 9: MINE: the value 'a' is 'A' once more",
        "line 11: MINE: the condition 'z > 3 AND z < 2' can never be true: no value of z",
        "line 14: instrument_types is missing",
        "line 16: VVDSS: there is no survey 'NOBODY'",
        "line 17: VVDSS: the condition 'z > z' can never be true",
        "line 20: titel is no field",
        "line 29: THIRD: the condition 'LAST_DIGIT(z) = 12' can never be true",
    ):
        assert expected in told, told


@pytest.mark.parametrize(
    ("wrong", "n_problems"),
    [("needed: {cls: strnig}", 1), ("needed: strings", 1), ("needed: {cls: string}, x: 1", 2)],
    ids=["a type", "no table", "another field"],
)
def test_columns_that_cannot_be_read_are_told_once(wrong: str, n_problems: int) -> None:
    told = problems_of(rule_file(condition="cls = 'STAR' AND 1 = 2").replace("needed: {cls: string}", wrong))
    assert sum("clss" in problem or "which the table does not have" in problem for problem in told) == 0
    assert len(told) == n_problems


def test_rules_beside_those_of_another_survey_are_refused_with_both_lines() -> None:
    text = rule_file().replace("rules:", "same_rules_as: VVDS\nrules:")
    (problem,) = problems_of(text)
    assert "line 5: MINE: has rules of its own beside same_rules_as (line 4); leave one of them out" in problem


def test_signs_are_checked_with_the_columns_of_the_release() -> None:
    sign = 'signs:\n  - {{holds: "{}", source: me}}\n'
    wrong = rule_file() + sign.format("deg < 0") + sign.format("id = 3").partition("\n")[2]
    first, second = problems_of(wrong)
    assert "line 14: MINE: in the condition 'deg < 0': names the column 'deg'" in first
    assert "line 15: MINE: in the condition 'id = 3': compares the text 'id' with the number 3" in second
    same = "name: A\ntitle: a\ninstrument_types: [s]\nsame_rules_as: MINE\n" + sign.format("cls = 'x' AND ra < 3")
    assert read_rule_file(rule_file() + "---\n" + same, name="mine.yaml")[1].signs


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: " + "[" * 50_000, "line 1: values are nested more than 20 deep"),
        ("".join(" " * depth + "a:\n" for depth in range(300)), "line 21: values are nested more than 20 deep"),
        ("name: A\nx: " + "&b [" * 15, "line 2: &b names a value to be used again"),
        ("x" * 100_000_000, "line 1: the text has 100000000 characters; it may have 200000 at most"),
        ("---\nname: A\n" * 5000, "line 201: there are more than 100 documents"),
        ("name: A\n? [a, b]\n: c\n", "line 2: a key is a list or a mapping"),
        ("name: A\nyear: 2000\nyear: 2001\n", "line 3: the key 'year' is given twice"),
        ("name: A\ntitle: b\x00\n", "line 2: holds the character U+0000, which no text has"),
        ('name: A\ntitle: "b\\0"\n', "line 2: a text holds the character U+0000, which no text has"),
        ("name: A\ntitle: \udce9\n", "line 2: holds the character U+DCE9, which no text has"),
        (b"name: A\ntitle: \xe9t\xe9\n", "line 2: is no UTF-8: the byte 0xe9; save it as UTF-8"),
        ("name: A\nyear: 0x" + "f" * 5000, "line 2: 0xffffffffffffffffffffffffffff... is too long for a number"),
        ("name: A\nyear: " + ":".join(["59"] * 300), "line 2: 59:59"),
        ("name: A\nyear: 190:20:30.15:60:60\nyear2: 2", "line 3: year2 is no field"),
        ("name: !custom A\n", "line 1: the tag !custom is not allowed"),
        ("%YAML 3.0\n---\nname: A", "line 1: is no YAML"),
        ("name: A\n\ttitle: x", "line 2: is no YAML"),
        ("name: ' A'\n", "line 1: name: ' A' is refused: a name has no spaces around it"),
        (rule_file(values="{.nan: 3}"), "line 9: rules.quality.values.nan: 'nan' is refused"),
    ],
    ids=lambda text: str(text)[:30],
)
def test_a_hostile_file_is_refused_with_a_short_problem_and_its_line(text: str | bytes, told: str) -> None:
    problems = problems_of(text)
    assert any(told in problem for problem in problems), problems
    assert all(len(problem) < 300 for problem in problems)
    assert len([problem for problem in problems if told in problem]) == 1


def test_very_many_problems_are_counted() -> None:
    problems = problems_of("name: A\n" + "".join(f"k{number}: 1\n" for number in range(2000)))
    assert len(problems) == 201
    assert problems[-1].startswith("mine.yaml: line 199: 1803 more problems from here on")


def test_bytes_and_marks_of_their_order_are_read() -> None:
    (survey,) = read_rule_file(
        b"\xef\xbb\xbf" + rule_file().replace("my own", "my \u00f6wn").encode(), name="mine.yaml"
    )
    assert survey.title == "A survey of my \u00f6wn"
