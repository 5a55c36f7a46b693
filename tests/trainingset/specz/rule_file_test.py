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


def problems_of(text: str) -> Sequence[str]:
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
