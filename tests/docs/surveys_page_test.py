"""The page on surveys: its tables are the rules themselves, and its example of a rule file works."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.docs.pages import run_page
from trainingset.specz.rules import Measured, QualityRule, SurveyRules
from trainingset.specz.survey import Survey, find_survey, load_surveys

PAGE = Path(__file__).parents[2] / "docs" / "surveys.md"


def rules_of(survey: Survey) -> SurveyRules:
    same = find_survey(survey.same_rules_as) if survey.same_rules_as is not None else survey
    assert same is not None
    assert same.rules is not None
    return same.rules


def number(value: float | str | None) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float | int) else value


def steps_of(rule: QualityRule, star: str | None) -> Iterator[str]:
    gathered: dict[float | None, list[str]] = {}
    for flag, quality in rule.values.items():
        gathered.setdefault(quality, []).append(number(flag))
    table = [f"{', '.join(flags)} → {number(quality)}" for quality, flags in gathered.items()]
    if table:
        yield ("last digit " if rule.reads == "last_digit" else "") + "; ".join(table)
    for condition in rule.conditions:
        yield f"`{' '.join(condition.when.split())}` → {number(condition.gives)}"
    if star is not None:
        yield f"`{star}` → 6"
    yield f"else {number(rule.default)}"


def quality_of(survey: Survey) -> str:
    if survey.same_rules_as is not None:
        return f"as {survey.same_rules_as}"
    rules = rules_of(survey)
    return "<br>".join(steps_of(rules.quality, rules.star))


def measured(value: Measured | None) -> str:
    return "" if value is None else f"{value.value:g}"


def survey_table() -> Iterable[str]:
    yield "| survey | release | types | z, flag | quality on the common scale | precision | positions (″) |"
    yield "|---|---|---|---|---|---|---|"
    for survey in load_surveys():
        rules = rules_of(survey)
        columns = ", ".join(f"`{name}`" for name in (rules.columns.z, rules.columns.z_flag) if name is not None)
        cells = (
            survey.name,
            survey.release or "",
            ", ".join(survey.instrument_types),
            columns,
            quality_of(survey),
            measured(rules.precision),
            measured(rules.position_accuracy_arcsec),
        )
        yield f"| {' | '.join(cells)} |"


def difference_list() -> Iterable[str]:
    for survey in load_surveys():
        if survey.rules is not None and survey.rules.reference is not None:
            yield f"- **{survey.name}**: {survey.rules.reference.why.strip()}"


def with_block(page: str, name: str, lines: Iterable[str]) -> str:
    block = re.compile(rf"(<!-- {name}: [^>]*-->\n).*(<!-- /{name} -->)", re.DOTALL)
    assert block.search(page) is not None
    text = "\n".join([*lines, ""])
    return block.sub(lambda found: found[1] + text + found[2], page)


def test_the_page_tells_rules_as_they_are(update_test_data: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    expected = with_block(with_block(page, "surveys", survey_table()), "differences", difference_list())
    if update_test_data:
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected, "run pytest tests/docs --update-test-data"


def test_the_rule_file_of_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    run_page(PAGE, environment={})
