"""Reads rule files of surveys, ours and users' own, and says with line numbers everything that is wrong with one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from trainingset.columns import ColumnType
from trainingset.errors import Problem, RecipeError
from trainingset.specz.rule_checks import SIGN_ROLES, closest, rule_faults, sign_faults, sign_types
from trainingset.specz.rules import ROLE_COLUMNS, SurveyRules
from trainingset.specz.survey import Survey, load_surveys
from trainingset.specz.yaml_lines import Document, Path, read_documents

__all__ = ["RuleFileError", "condition_columns", "read_rule_file", "sign_columns"]

MOST_PROBLEMS = 200
"""Problems that are told of one text; a file with more was made by a mistake that the first ones show."""

_OF_PYDANTIC = ("[key]", "float", "str", "constrained-str")

_MOST_SHOWN = 80
"""Characters of a value that a message shows."""


class RuleFileError(RecipeError):
    """A rule file cannot be used; each problem names its line."""


def read_rule_file(text: str | bytes, *, name: str) -> tuple[Survey, ...]:
    """Read the surveys of a rule file.

    Parameters
    ----------
    text
        YAML, one document for each survey; bytes are UTF-8.
    name
        What its sender calls it (``SURVEY_RULES``, a file's name), for problems.

    Raises
    ------
    RuleFileError
        With everything wrong in all its documents: what is no YAML, unknown and missing fields, values that do not
        fit, conditions that cannot be read, name unknown columns or can never be true, and rules that refer to each
        other in a circle.
    """
    documents, faults = read_documents(text)
    problems = [_problem(name, fault.line, fault.message) for fault in faults]
    if not problems and not documents:
        problems.append(_problem(name, 1, "holds no survey; write at least its name, title and rules"))
    surveys: list[Survey] = []
    for document in documents:
        problems += [_problem(name, fault.line, fault.message) for fault in document.faults]
        try:
            surveys.append(Survey.model_validate(document.value))
        except ValidationError as error:
            problems += _field_problems(error, document, name)
    problems += _problems_within([_Entry(document) for document in documents], name)
    if problems:
        raise RuleFileError(_shortened(problems, name))
    return tuple(surveys)


def condition_columns(rules: SurveyRules) -> dict[str, ColumnType]:
    """Types of the columns that conditions may name.

    ``z_flag`` is a number, or a text where the tables of flags hold texts.
    """
    others = rules.reference.quality if rules.reference is not None else None
    tables = [rule.values for rule in (rules.quality, others) if rule is not None]
    has_texts = any(isinstance(key, str) for table in tables for key in table)
    flag = {"z_flag": ColumnType.STRING} if has_texts else {}
    return {**rules.columns.needed, **ROLE_COLUMNS, **flag}


def sign_columns(rules: SurveyRules) -> dict[str, ColumnType]:
    """Types of the columns that signs of a release may name: those of conditions, positions, and texts besides."""
    return {**dict.fromkeys(rules.columns.known, ColumnType.STRING), **condition_columns(rules), **SIGN_ROLES}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A survey of the file, as far as it can be read."""

    document: Document

    @property
    def value(self) -> Mapping[object, object]:
        """Its fields."""
        return self.document.value if isinstance(self.document.value, Mapping) else {}

    @property
    def name(self) -> str:
        """Its name, empty where there is none."""
        return _text(self.value.get("name"))

    @property
    def same_rules_as(self) -> str:
        """The survey whose rules it has, empty where there is none."""
        return _text(self.value.get("same_rules_as"))

    @property
    def has_rules(self) -> bool:
        """Whether there are any, right or wrong."""
        return self.value.get("rules") is not None

    @property
    def rules(self) -> Mapping[object, object]:
        """Its rules as they were read, empty where there are none."""
        rules = self.value.get("rules")
        return rules if isinstance(rules, Mapping) else {}

    def told(self, message: str) -> str:
        """A message about it."""
        return f"{self.name[:_MOST_SHOWN]}: {message}" if self.name else message


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _problems_within(entries: Sequence[_Entry], name: str) -> Iterator[Problem]:
    """What is wrong besides the fields, by document."""
    own = {entry.name.casefold(): entry for entry in reversed(entries) if entry.name}
    for entry in entries:
        faults = [(("rules", *path), message) for path, message in rule_faults(entry.rules)]
        faults += sign_faults(entry.value.get("signs"), _sign_types(entry, own))
        for path, message in faults:
            yield _problem(name, entry.document.line_of(path), entry.told(message))
    yield from _reference_problems(entries, own, name)


def _sign_types(entry: _Entry, own: Mapping[str, _Entry]) -> Mapping[str, ColumnType | None] | None:
    """Columns that the signs of a survey may name, of its own rules or those of another one."""
    source = entry if entry.has_rules else own.get(_chain(entry, own)[-1].casefold())
    if source is not None:
        return sign_types(source.rules)
    survey = _of_package(_chain(entry, own)[-1])
    return sign_columns(survey.rules) if survey is not None and survey.rules is not None else None


def _reference_problems(entries: Sequence[_Entry], own: Mapping[str, _Entry], name: str) -> Iterator[Problem]:
    """Surveys without rules, with two kinds or of one name, names that mean nothing, and circles of references."""
    seen: set[str] = set()
    for entry in entries:
        document = entry.document
        if entry.name.casefold() in seen:
            yield _problem(name, document.line_of(("name",)), f"the survey {entry.name} is given twice")
        seen |= {entry.name.casefold()} if entry.name else set()
        if entry.value and not entry.has_rules and entry.value.get("same_rules_as") is None:
            yield _problem(name, document.line, entry.told("has neither rules nor same_rules_as"))
        if not entry.same_rules_as:
            continue
        line = document.line_of(("same_rules_as",))
        if entry.has_rules:
            message = f"has rules of its own beside same_rules_as (line {line}); leave one of them out"
            yield _problem(name, document.line_of(("rules",)), entry.told(message))
            continue
        chain = _chain(entry, own)
        if chain[-1].casefold() in {link.casefold() for link in chain[:-1]}:
            circle = " -> ".join(chain)
            yield _problem(name, line, entry.told(f"the rules refer to each other in a circle: {circle}"))
        elif chain[-1].casefold() not in own and _of_package(chain[-1]) is None:
            known = [*(other.name for other in own.values()), *(other.name for other in load_surveys())]
            message = f"there is no survey {entry.same_rules_as[:_MOST_SHOWN]!r}.{closest(chain[-1], known)}"
            yield _problem(name, line, entry.told(message))


def _chain(entry: _Entry, own: Mapping[str, _Entry]) -> list[str]:
    """Names from a survey to the one whose rules it has, to one that is unknown, or to one that is there twice."""
    chain = [entry.name]
    following = "" if entry.has_rules else entry.same_rules_as
    while following:
        is_circle = following.casefold() in {link.casefold() for link in chain}
        chain.append(following)
        if is_circle:
            break
        other, survey = own.get(following.casefold()), _of_package(following)
        if other is not None:
            following = "" if other.has_rules else other.same_rules_as
        else:
            following = survey.same_rules_as or "" if survey is not None and survey.rules is None else ""
    return chain


def _of_package(name: str) -> Survey | None:
    return next((survey for survey in load_surveys() if survey.name.casefold() == name.casefold()), None)


def _field_problems(error: ValidationError, document: Document, name: str) -> Iterator[Problem]:
    told_of: set[Path] = set()
    for detail in error.errors(include_url=False):
        path = _as_read(detail["loc"])
        if path in told_of and path != detail["loc"]:
            # What is neither a number nor a text is told once.
            continue
        told_of.add(path)
        where = ".".join(str(part)[:_MOST_SHOWN] for part in path) or "the document"
        message = str(detail["msg"]).removeprefix("Value error, ")
        match detail["type"]:
            case "missing":
                told = f"{where} is missing"
            case "extra_forbidden":
                told = f"{where} is no field of a survey's rules; look at docs/surveys.md"
            case _:
                shown = str(detail["input"])[:_MOST_SHOWN]
                told = f"{where}: {shown!r} is refused: {message[0].lower()}{message[1:]}"
        yield _problem(name, document.line_of(path), told)


def _as_read(path: tuple[int | str, ...]) -> Path:
    """A path without the names that pydantic gives to keys and to alternatives of a type."""
    return tuple(part for part in path if part not in _OF_PYDANTIC)


def _shortened(problems: Sequence[Problem], name: str) -> list[Problem]:
    """Problems in the order of their lines, no two alike, and how many more there are."""
    told = list(dict.fromkeys(problems))
    told.sort(key=lambda problem: int(str(problem.value).removeprefix("line ")))
    if len(told) <= MOST_PROBLEMS:
        return told
    first = told[MOST_PROBLEMS]
    line = int(str(first.value).removeprefix("line "))
    return [*told[:MOST_PROBLEMS], _problem(name, line, f"{len(told) - MOST_PROBLEMS} more problems from here on")]


def _problem(name: str, line: int, message: str) -> Problem:
    return Problem(parameter=name, message=f"line {line}: {message}", value=f"line {line}")
