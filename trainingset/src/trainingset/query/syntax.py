"""ADQL queries and select lists: from text to sqlglot's syntax tree, guarded.

As with search conditions (`trainingset.adql`), tokens are checked before the general parser sees any of them: only
those of the queries that can run pass, each clause that cannot run is named, and nesting is limited.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from trainingset.adql import (
    CONDITION_TOKENS,
    FUNCTIONS,
    Adql,
    ConditionSyntaxError,
    check_nesting,
    syntax_error,
    with_delimited_names,
)
from trainingset.errors import Problem, RecipeError

__all__ = [
    "AGGREGATES",
    "GEOMETRY",
    "LIST",
    "MAX_CHARACTERS",
    "METADATA",
    "METADATA_FUNCTIONS",
    "QUERY",
    "Grammar",
    "JoinKind",
    "OrderItem",
    "Query",
    "QueryTable",
    "SelectList",
    "conjuncts",
    "is_grouped",
    "names_schema",
    "parse_query",
    "parse_select",
    "parse_tree",
    "refused",
    "text_of",
    "top_of",
]

MAX_CHARACTERS = 50_000
"""Longest query: one that names a thousand columns fits."""

GEOMETRY = frozenset({"POINT", "CIRCLE", "BOX", "POLYGON", "CONTAINS", "DISTANCE"})
"""Functions of ADQL that tell places on the sky."""

AGGREGATES = frozenset({"COUNT", "MIN", "MAX", "SUM", "AVG"})
"""Functions of many rows."""

_NOT_RUN: dict[TokenType, str] = {
    TokenType.DISTINCT: "DISTINCT is not run here: load the result and remove repeated rows there",
    TokenType.HAVING: "HAVING is not run here: cut the rows of the result",
    TokenType.UNION: "UNION is not run here: send two queries",
    TokenType.EXCEPT: "EXCEPT is not run here: send two queries",
    TokenType.INTERSECT: "INTERSECT is not run here: send two queries",
    TokenType.OFFSET: "OFFSET is not run here: load the whole result",
    TokenType.USING: "USING is not run here: join by ON 1=CONTAINS(POINT(...), CIRCLE(...))",
    TokenType.NATURAL: "NATURAL is not run here: join by ON 1=CONTAINS(POINT(...), CIRCLE(...))",
    TokenType.FULL: "FULL joins are not run here: there is no cross-match that keeps all objects",
    TokenType.CROSS: "CROSS joins are not run here: join by ON 1=CONTAINS(POINT(...), CIRCLE(...))",
    TokenType.WITH: "WITH is not run here: write one SELECT",
    TokenType.EXISTS: "EXISTS is not run here: subqueries are not read",
    TokenType.CASE: "CASE is not run here: compute such a column from the result",
    TokenType.SEMICOLON: "a semicolon has nothing to end: one query is sent at a time",
}

_LIST_TOKENS = CONDITION_TOKENS | {
    TokenType.SELECT,
    TokenType.TOP,
    TokenType.ALIAS,
    TokenType.ALL,
    TokenType.GROUP_BY,
    TokenType.ORDER_BY,
    TokenType.ASC,
    TokenType.DESC,
}
_QUERY_TOKENS = _LIST_TOKENS | {
    TokenType.FROM,
    TokenType.JOIN,
    TokenType.INNER,
    TokenType.LEFT,
    TokenType.RIGHT,
    TokenType.OUTER,
    TokenType.ON,
    TokenType.WHERE,
}
_WORDS: dict[str, TokenType] = {
    **{kind.name.replace("_", " "): kind for kind in _NOT_RUN if kind is not TokenType.SEMICOLON},
    "SELECT": TokenType.SELECT,
    "TOP": TokenType.TOP,
    "AS": TokenType.ALIAS,
    "ALL": TokenType.ALL,
    "GROUP BY": TokenType.GROUP_BY,
    "ORDER BY": TokenType.ORDER_BY,
    "ASC": TokenType.ASC,
    "DESC": TokenType.DESC,
    "FROM": TokenType.FROM,
    "JOIN": TokenType.JOIN,
    "INNER": TokenType.INNER,
    "LEFT": TokenType.LEFT,
    "RIGHT": TokenType.RIGHT,
    "OUTER": TokenType.OUTER,
    "ON": TokenType.ON,
    "WHERE": TokenType.WHERE,
}


METADATA_FUNCTIONS = AGGREGATES | {"LOWER", "UPPER", "ABS", "COALESCE"}
"""Functions of queries about tables and columns."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may stand in one kind of text."""

    parameter: str
    """Wire name of the parameter that holds it."""
    noun: str
    tokens: frozenset[TokenType]
    functions: tuple[str, ...]
    begins_with_select: bool = True


_FUNCTIONS = (*FUNCTIONS, *sorted(GEOMETRY), *sorted(AGGREGATES))
LIST = Grammar("SELECT", "select list", _LIST_TOKENS - {TokenType.SELECT}, _FUNCTIONS, False)
QUERY = Grammar("QUERY", "query that can run here", _QUERY_TOKENS, _FUNCTIONS)
METADATA = Grammar(
    "QUERY",
    "query of TAP_SCHEMA",
    _QUERY_TOKENS
    | {
        TokenType.DISTINCT,
        TokenType.HAVING,
        TokenType.OFFSET,
        TokenType.USING,
        TokenType.NATURAL,
        TokenType.CROSS,
    },
    tuple(sorted(METADATA_FUNCTIONS)),
)


class JoinKind(StrEnum):
    """How the second table of a query is joined to the first."""

    INNER = "inner"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class QueryTable:
    """A table that a query names."""

    name: str
    """Schema and name joined by a dot, as written."""
    alias: str
    """What its columns are qualified with: its alias, else its last name."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """What rows are sorted by."""

    value: exp.Expr
    """Name or number (from 1) of an item, or a column that is one."""
    is_descending: bool


@dataclass(frozen=True, slots=True)
class SelectList:
    """What is to come out."""

    top: int | None
    items: tuple[exp.Expr, ...]
    """Stars, values, and values with an alias."""
    order: tuple[OrderItem, ...] = ()
    group: tuple[exp.Expr, ...] = ()
    """Columns, or names or numbers of items, of which equal rows become one."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query in its parts; nothing of it was looked up yet."""

    select: SelectList
    tables: tuple[QueryTable, ...]
    join: JoinKind
    """How the second table is joined; inner without one."""
    conditions: tuple[exp.Expr, ...]
    """Everything that must hold: of ``ON`` and ``WHERE``, taken apart at their outermost ANDs."""


class _AdqlQuery(Adql):
    """Queries, with the same names, numbers and functions as search conditions."""

    class Tokenizer(Adql.Tokenizer):
        """Words of clauses are special besides those of conditions, and comments are passed over."""

        COMMENTS: ClassVar[list[str | tuple[str, str]]] = ["--"]
        KEYWORDS: ClassVar[dict[str, TokenType]] = Adql.Tokenizer.KEYWORDS | _WORDS


_ADQL_QUERY = _AdqlQuery()


def parse_query(text: str) -> Query:
    """Take a query apart.

    Raises
    ------
    RecipeError
        With every clause that cannot run here, or with the place that cannot be read.
    """
    tree = parse_tree(text, QUERY)
    source = tree.args.get("from_")
    if source is None:
        raise refused("QUERY", "has no FROM: name a table")
    joins = [join for join in tree.args.get("joins") or () if isinstance(join, exp.Join)]
    tables = [_table(node) for node in (source.this, *(join.this for join in joins))]
    conditions = [join.args.get("on") for join in joins]
    where = tree.args.get("where")
    conditions.append(where.this if where is not None else None)
    if len(tables) > 2:
        named = ", ".join(table.name for table in tables)
        raise refused("QUERY", f"joins {len(tables)} tables ({named}); a cross-match joins one with one catalog")
    return Query(
        select=_select_list(tree, "QUERY"),
        tables=tuple(tables),
        join=JoinKind(str(joins[0].args.get("side") or JoinKind.INNER).lower()) if joins else JoinKind.INNER,
        conditions=tuple(part for condition in conditions if condition is not None for part in conjuncts(condition)),
    )


def parse_select(text: str) -> SelectList:
    """Take a select list apart: ``[TOP n] item, item, ...``.

    Raises
    ------
    RecipeError
        If it cannot be read, with the place.
    """
    return _select_list(parse_tree(text, LIST), "SELECT")


def is_grouped(select: SelectList) -> bool:
    """Whether many rows become one."""
    calls = (node for item in select.items for node in item.find_all(exp.Anonymous))
    return bool(select.group) or any(str(call.this).upper() in AGGREGATES for call in calls)


def text_of(tree: exp.Expr) -> str:
    """The text of a part of a query, to be read again."""
    return tree.sql(dialect=_ADQL_QUERY, comments=False)


def names_schema(text: str, schema: str) -> bool:
    """Whether a text names a table or column of a schema; no text that cannot be read does."""
    try:
        tokens = _tokens(text) if len(text) <= MAX_CHARACTERS else []
    except ConditionSyntaxError:
        return False
    names = (TokenType.VAR, TokenType.IDENTIFIER)
    return any(
        token.token_type in names and token.text.casefold() == schema.casefold() and dot.token_type is TokenType.DOT
        for token, dot in pairwise(tokens)
    )


def parse_tree(text: str, grammar: Grammar) -> exp.Select:
    """Read a text into sqlglot's tree, names marked as quoted or not by ``quoted``.

    Raises
    ------
    RecipeError
        With everything that does not belong to the grammar, or with the place that cannot be read.
    """
    parameter = grammar.parameter
    if len(text) > MAX_CHARACTERS:
        raise refused(parameter, f"has {len(text)} characters; at most {MAX_CHARACTERS} are allowed")
    try:
        tokens = _tokens(text)
        _check_words(tokens, text, grammar)
        check_nesting(tokens)
        return _tree(tokens, text, grammar)
    except ConditionSyntaxError as error:
        value = None if error.position is None else text[error.position - 1 : error.position + 39]
        raise refused(parameter, str(error), value=value) from error


def _tree(tokens: Sequence[Token], text: str, grammar: Grammar) -> exp.Select:
    bare = {token.start for token in tokens if token.token_type is TokenType.VAR}
    parser = _ADQL_QUERY.parser(error_level=ErrorLevel.IMMEDIATE, error_message_context=MAX_CHARACTERS)
    tokens = with_delimited_names(tokens)
    try:
        begin = [] if grammar.begins_with_select else [Token(TokenType.SELECT, "SELECT")]
        (tree,) = parser.parse([*begin, *tokens], text)
    except ParseError as error:
        raise syntax_error(error, text) from error
    assert isinstance(tree, exp.Select), "the first word is SELECT"
    for name in tree.find_all(exp.Identifier):
        name.set("quoted", name.meta.get("start") not in bare)
    return tree


def _tokens(text: str) -> list[Token]:
    try:
        return list(_ADQL_QUERY.tokenize(text))
    except TokenError as error:
        raise ConditionSyntaxError("holds a quote that is not closed, or a sign that no query has") from error


def _check_words(tokens: Sequence[Token], text: str, grammar: Grammar) -> None:
    """Refuse every word, sign and function that no query here has, all together.

    Raises
    ------
    RecipeError
        With one problem for each.
    """
    parameter = grammar.parameter
    if not tokens:
        raise refused(parameter, "is empty")
    if grammar.begins_with_select and tokens[0].token_type is not TokenType.SELECT:
        raise refused(parameter, "is no query that can run here: it begins with SELECT", value=tokens[0].text[:40])
    problems = [
        Problem(parameter=parameter, message=f"{message} (at character {token.start + 1}).", value=token.text[:40])
        for token, message in _refusals(tokens, text, grammar)
    ]
    if problems:
        raise RecipeError(dict.fromkeys(problems))


def _refusals(tokens: Sequence[Token], text: str, grammar: Grammar) -> Iterator[tuple[Token, str]]:
    for number, (token, following) in enumerate(zip(tokens, [*tokens[1:], None], strict=True)):
        kind = token.token_type
        if kind in _NOT_RUN and kind not in grammar.tokens:
            yield token, _NOT_RUN[kind]
        elif kind is TokenType.SELECT and number and grammar.begins_with_select:
            yield token, "a SELECT inside another is not run here: subqueries are not read"
        elif text.startswith("/*", token.start):
            yield token, "/* begins no comment in ADQL; a comment is -- and goes to the end of its line"
        elif kind not in grammar.tokens:
            yield token, f"{token.text[:40]!r} is no part of a {grammar.noun}"
        elif kind is TokenType.VAR and following is not None and following.token_type is TokenType.L_PAREN:
            yield from _unknown_function(token, grammar.functions)


def _unknown_function(token: Token, known: Sequence[str]) -> Iterator[tuple[Token, str]]:
    if token.text.upper() not in known:
        close = get_close_matches(token.text.upper(), known, n=2)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
        yield token, f"no function {token.text[:40]}; {hint}"


def _select_list(tree: exp.Select, parameter: str) -> SelectList:
    if not tree.expressions:
        raise refused(parameter, "selects no column")
    order = tree.args.get("order")
    sorted_by = tuple(
        OrderItem(item.this, is_descending=bool(item.args.get("desc"))) for item in (order.expressions if order else ())
    )
    limit = tree.args.get("limit")
    top = None if limit is None else top_of(limit.expression, parameter)
    group = tree.args.get("group")
    return SelectList(top, tuple(tree.expressions), sorted_by, tuple(group.expressions) if group else ())


def top_of(number: exp.Expr, parameter: str) -> int:
    """The number behind ``TOP``."""
    if not isinstance(number, exp.Literal) or number.is_string or not str(number.this).isdecimal():
        raise refused(parameter, "has a TOP without a whole number behind it")
    if int(number.this) >= 2**63:
        raise refused(parameter, f"has TOP {number.this}, above the largest whole number, {2**63 - 1}")
    return int(number.this)


def _table(node: exp.Expr) -> QueryTable:
    if not isinstance(node, exp.Table):
        raise refused("QUERY", "has something else than the name of a table behind FROM or JOIN")
    parts = [part.name for part in node.parts]
    return QueryTable(".".join(parts), node.alias or parts[-1])


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """A condition, taken apart at its outermost ANDs."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.And):
            waiting += [node.expression, node.this]
        else:
            yield node


def refused(parameter: str, message: str, *, value: str | None = None) -> RecipeError:
    """The error of one problem."""
    sentence = message if message.endswith((".", "?")) else f"{message}."
    return RecipeError([Problem(parameter=parameter, message=sentence, value=value)])
