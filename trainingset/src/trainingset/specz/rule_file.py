"""Reads rule files of surveys, ours and users' own, and says with line numbers everything that is wrong with one."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from pydantic import ValidationError

from trainingset.columns import ColumnType
from trainingset.errors import Problem, RecipeError
from trainingset.expression import parse_condition
from trainingset.specz.impossible import why_never_true
from trainingset.specz.rules import ROLE_COLUMNS, InstrumentRule, QualityRule, SurveyRules
from trainingset.specz.survey import Survey, load_surveys
from trainingset.specz.yaml_lines import Document, Path, read_documents

__all__ = ["RuleFileError", "condition_columns", "read_rule_file", "rule_problems", "sign_columns"]

MOST_SURVEYS = 100
"""Documents of one text; more than all surveys there are."""


class RuleFileError(RecipeError):
    """A rule file cannot be used; each problem names its line."""


def read_rule_file(text: str, *, name: str) -> tuple[Survey, ...]:
    """Read the surveys of a rule file.

    Parameters
    ----------
    text
        YAML, one document for each survey.
    name
        What its sender calls it (``SURVEY_RULES``, a file's name), for problems.

    Raises
    ------
    RuleFileError
        With everything wrong: what is no YAML, unknown and missing fields, values that do not fit, conditions that
        cannot be read, name unknown columns or can never be true, and rules that refer to each other in a circle.
    """
    documents, faults = read_documents(text)
    problems = [_problem(name, fault.line, fault.message) for fault in faults]
    problems += [_problem(name, fault.line, fault.message) for document in documents for fault in document.faults]
    if not problems and not documents:
        problems.append(_problem(name, 1, "holds no survey; write at least its name, title and rules"))
    if len(documents) > MOST_SURVEYS:
        problems.append(_problem(name, 1, f"holds {len(documents)} surveys; it may hold {MOST_SURVEYS} at most"))
    surveys: list[tuple[Survey, Document]] = []
    for document in documents:
        try:
            surveys.append((Survey.model_validate(document.value), document))
        except ValidationError as error:
            problems += _field_problems(error, document, name)
    for survey, document in surveys:
        problems += rule_problems(survey, document, name)
    problems += _reference_problems(surveys, name)
    if problems:
        raise RuleFileError(problems)
    return tuple(survey for survey, _ in surveys)


def rule_problems(survey: Survey, document: Document, name: str) -> Iterator[Problem]:
    """What is wrong with the rules of one survey whose fields are all right."""
    if survey.rules is None and survey.same_rules_as is None:
        yield _problem(name, document.line, f"{survey.name}: has neither rules nor same_rules_as")
    if survey.rules is None:
        return
    columns = condition_columns(survey.rules)
    for path, condition in _conditions(survey.rules):
        for message in _condition_faults(condition, columns):
            yield _problem(name, document.line_of(("rules", *path)), f"{survey.name}: {message}")
    for path, key, first in _repeated_keys(survey.rules):
        message = f"{survey.name}: the value {key!r} is {first!r} once more; give it once"
        yield _problem(name, document.line_of(("rules", *path)), message)
    for path, rule in _instrument_rules(survey.rules):
        if rule.column is not None and rule.column not in columns:
            message = f"{survey.name}: column {rule.column!r} is none of `needed`.{_closest(rule.column, columns)}"
            yield _problem(name, document.line_of(("rules", *path, "column")), message)


def condition_columns(rules: SurveyRules) -> dict[str, ColumnType]:
    """Types of the columns that conditions may name.

    ``z_flag`` is a number, or a text where the tables of flags hold texts.
    """
    tables = [rule.values for _, rule in _quality_rules(rules)]
    has_texts = any(isinstance(key, str) for table in tables for key in table)
    flag = {"z_flag": ColumnType.STRING} if has_texts else {}
    return {**rules.columns.needed, **ROLE_COLUMNS, **flag}


def sign_columns(rules: SurveyRules) -> dict[str, ColumnType]:
    """Types of the columns that signs of a release may name: those of conditions, positions, and texts besides."""
    texts = dict.fromkeys((*rules.columns.known, "id"), ColumnType.STRING)
    return {**texts, **condition_columns(rules), "ra": ColumnType.FLOAT64, "dec": ColumnType.FLOAT64}


def _field_problems(error: ValidationError, document: Document, name: str) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        path = tuple(part for part in detail["loc"] if part != "[key]")
        where = ".".join(str(part) for part in path) or "the document"
        message = str(detail["msg"]).removeprefix("Value error, ")
        match detail["type"]:
            case "missing":
                told = f"{where} is missing"
            case "extra_forbidden":
                told = f"{where} is no field of a survey's rules; look at docs/surveys.md"
            case _:
                told = f"{where}: {str(detail['input'])[:80]!r} is refused: {message[0].lower()}{message[1:]}"
        yield _problem(name, document.line_of(_as_read(path)), told)


def _as_read(path: tuple[int | str, ...]) -> Path:
    """A path without the names that pydantic gives to alternatives of a type (``float``, ``str``)."""
    return tuple(part for part in path if part not in ("float", "str"))


def _condition_faults(condition: str, columns: Mapping[str, ColumnType]) -> Iterator[str]:
    try:
        parsed = parse_condition(condition, columns, parameter="condition")
    except RecipeError as error:
        for problem in error.problems:
            yield f"in the condition {_shortened(condition)}: {problem.message}"
        return
    if (reason := why_never_true(parsed.tree)) is not None:
        yield f"the condition {_shortened(condition)} can never be true: {reason}"


def _shortened(condition: str) -> str:
    return repr(condition if len(condition) <= 100 else condition[:97] + "...")


def _conditions(rules: SurveyRules) -> Iterator[tuple[Path, str]]:
    for path, rule in _both_rules(rules):
        for number, condition in enumerate(rule.conditions):
            yield (*path, "conditions", number, "when"), condition.when
    if rules.star is not None:
        yield ("star",), rules.star


def _both_rules(rules: SurveyRules) -> Iterator[tuple[Path, QualityRule | InstrumentRule]]:
    yield from _quality_rules(rules)
    yield from _instrument_rules(rules)


def _quality_rules(rules: SurveyRules) -> Iterator[tuple[Path, QualityRule]]:
    yield ("quality",), rules.quality
    if rules.reference is not None and rules.reference.quality is not None:
        yield ("reference", "quality"), rules.reference.quality


def _instrument_rules(rules: SurveyRules) -> Iterator[tuple[Path, InstrumentRule]]:
    yield ("instrument_type",), rules.instrument_type
    if rules.reference is not None and rules.reference.instrument_type is not None:
        yield ("reference", "instrument_type"), rules.reference.instrument_type


def _repeated_keys(rules: SurveyRules) -> Iterator[tuple[Path, float | str, float | str]]:
    """Keys of tables that mean the same flag: texts that differ in case alone."""
    for path, rule in _both_rules(rules):
        seen: dict[float | str, float | str] = {}
        for key in rule.values:
            same = key.strip().casefold() if isinstance(key, str) else key
            if same in seen:
                yield (*path, "values", str(key)), key, seen[same]
            seen.setdefault(same, key)


def _reference_problems(surveys: list[tuple[Survey, Document]], name: str) -> Iterator[Problem]:
    """Names that mean nothing, and rules that refer to each other in a circle."""
    own = {survey.name.casefold(): survey for survey, _ in surveys}
    seen: set[str] = set()
    for survey, document in surveys:
        if survey.name.casefold() in seen:
            yield _problem(name, document.line_of(("name",)), f"the survey {survey.name} is given twice")
        seen.add(survey.name.casefold())
        if survey.same_rules_as is None:
            continue
        line = document.line_of(("same_rules_as",))
        chain = _chain(survey, own)
        if chain[-1] in chain[:-1]:
            circle = " -> ".join(chain)
            yield _problem(name, line, f"{survey.name}: the rules refer to each other in a circle: {circle}")
        elif _known(chain[-1], own) is None:
            known = [*own, *(other.name for other in load_surveys())]
            message = f"{survey.name}: there is no survey {survey.same_rules_as!r}.{_closest(chain[-1], known)}"
            yield _problem(name, line, message)


def _chain(survey: Survey, own: Mapping[str, Survey]) -> list[str]:
    """Names from a survey to the one whose rules it has, to one that is unknown, or to one that is there twice."""
    chain = [survey.name]
    current: Survey | None = survey
    while current is not None and current.rules is None and current.same_rules_as is not None:
        chain.append(current.same_rules_as)
        if current.same_rules_as in chain[:-1]:
            break
        current = _known(current.same_rules_as, own)
    return chain


def _known(name: str, own: Mapping[str, Survey]) -> Survey | None:
    if name.casefold() in own:
        return own[name.casefold()]
    return next((survey for survey in load_surveys() if survey.name.casefold() == name.casefold()), None)


def _closest(name: str, known: Mapping[str, object] | list[str]) -> str:
    close = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(close)}?" if close else ""


def _problem(name: str, line: int, message: str) -> Problem:
    return Problem(parameter=name, message=f"line {line}: {message}", value=f"line {line}")
