"""The small ADQL dialect in which constraints are written: from text to sqlglot's syntax tree, guarded.

The parser is a general one and knows far more than a search condition. So tokens are checked first: only those of
a search condition pass, their number and nesting are limited, and every bare name is handed on as a delimited one,
which keeps the parser from taking a column called ``interval`` or ``case`` for a keyword.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.parser import Parser as GeneralParser
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer as GeneralTokenizer

__all__ = [
    "CONDITION_TOKENS",
    "FUNCTIONS",
    "MAX_CHARACTERS",
    "MAX_NESTING",
    "Adql",
    "ConditionSyntaxError",
    "check_nesting",
    "parse_search_condition",
    "position_of",
    "syntax_error",
    "with_delimited_names",
]

MAX_CHARACTERS = 10_000
"""Longest condition; lists of a few hundred ids fit, and parsing stays within a fraction of a second."""

MAX_NESTING = 25
"""Deepest nesting of parentheses, signs and NOTs: the parser takes some 23 frames a level of Python's 1000."""

FUNCTIONS: dict[str, int] = {
    "ABS": 1,
    "SQRT": 1,
    "LOG10": 1,
    "LOG": 1,
    "EXP": 1,
    "POWER": 2,
    "FLOOR": 1,
    "CEIL": 1,
    "CEILING": 1,
    "ROUND": 1,
    "MOD": 2,
    "LAST_DIGIT": 1,
}
"""Functions of a condition and how many arguments each takes; ``LOG`` is the natural logarithm, as in ADQL.

``LAST_DIGIT`` is ours: the last digit of the whole part, with its sign (214.4 gives 4, -10 gives 0, -3 gives -3), by
which many surveys write the quality of a redshift.
"""

_PREFIXES = frozenset({TokenType.NOT, TokenType.DASH, TokenType.PLUS})

_NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER})

CONDITION_TOKENS = _NAMES | {
    TokenType.NUMBER,
    TokenType.STRING,
    TokenType.L_PAREN,
    TokenType.R_PAREN,
    TokenType.COMMA,
    TokenType.DOT,
    TokenType.DASH,
    TokenType.PLUS,
    TokenType.STAR,
    TokenType.SLASH,
    TokenType.EQ,
    TokenType.NEQ,
    TokenType.LT,
    TokenType.LTE,
    TokenType.GT,
    TokenType.GTE,
    TokenType.AND,
    TokenType.OR,
    TokenType.NOT,
    TokenType.IN,
    TokenType.IS,
    TokenType.NULL,
    TokenType.LIKE,
    TokenType.BETWEEN,
    TokenType.TRUE,
    TokenType.FALSE,
}
"""What a search condition may hold; all else is refused before the parser sees it."""


class ConditionSyntaxError(Exception):
    """The text is no search condition; ``position`` is a character of it, counted from 1, or None."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class Adql(Dialect):
    """Search conditions of ADQL 2.1 without subqueries, CASE, CAST and geometry."""

    class Tokenizer(GeneralTokenizer):
        """Only the words and signs of a condition are special; all others are names."""

        COMMENTS: ClassVar[list[str | tuple[str, str]]] = []
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            "AND": TokenType.AND,
            "OR": TokenType.OR,
            "NOT": TokenType.NOT,
            "IN": TokenType.IN,
            "IS": TokenType.IS,
            "NULL": TokenType.NULL,
            "LIKE": TokenType.LIKE,
            "BETWEEN": TokenType.BETWEEN,
            "TRUE": TokenType.TRUE,
            "FALSE": TokenType.FALSE,
            "<>": TokenType.NEQ,
            "!=": TokenType.NEQ,
            "<=": TokenType.LTE,
            ">=": TokenType.GTE,
        }

    class Parser(GeneralParser):
        """Every function is read alike: its name is looked up in our list, not in the parser's."""

        FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[Any, Any]] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[Any, Any]] = {}

        def _parse_between(self, this: exp.Expr | None) -> exp.Between:
            low = self._parse_bitwise()
            if not self._match(TokenType.AND):
                self.raise_error("BETWEEN needs AND between its two limits")
            return self.expression(exp.Between(this=this, low=low, high=self._parse_bitwise()))


_ADQL = Adql()


def parse_search_condition(text: str) -> exp.Expr:
    """Read a search condition into sqlglot's tree, names marked as quoted or not by ``quoted``.

    Raises
    ------
    ConditionSyntaxError
        If the text is too long or too deeply nested, holds anything else than a condition, or is not complete.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConditionSyntaxError(f"has {len(text)} characters; at most {MAX_CHARACTERS} are allowed")
    tokens = _tokens(text)
    _check_tokens(tokens, text)
    bare = {token.start for token in tokens if token.token_type == TokenType.VAR}
    parser = _ADQL.parser(error_level=ErrorLevel.IMMEDIATE, error_message_context=MAX_CHARACTERS)
    try:
        (tree,) = parser.parse_into(exp.Condition, with_delimited_names(tokens), text)
    except ParseError as error:
        raise syntax_error(error, text) from error
    if tree is None:
        raise ConditionSyntaxError("is empty")
    for name in tree.find_all(exp.Identifier):
        name.set("quoted", name.meta.get("start") not in bare)
    return tree


def position_of(node: exp.Expr) -> int | None:
    """Character at which the first name inside this node begins, counted from 1."""
    starts = [found.meta["start"] + 1 for found in node.walk() if "start" in found.meta]
    return min(starts, default=None)


def _tokens(text: str) -> list[Token]:
    try:
        return list(_ADQL.tokenize(text))
    except TokenError as error:
        raise ConditionSyntaxError("holds a quote that is not closed, or a sign that no condition has") from error


def _check_tokens(tokens: Sequence[Token], text: str) -> None:
    """Refuse what is no part of a condition, before the parser sees any of it."""
    if not tokens:
        raise ConditionSyntaxError("is empty")
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        kind, position = token.token_type, token.start + 1
        if kind not in CONDITION_TOKENS or (text[token.start] == "!" and kind == TokenType.NOT):
            raise ConditionSyntaxError(f"{token.text!r} at character {position} is no part of a condition", position)
        if text[token.start : token.start + 2] in ("--", "/*"):
            raise ConditionSyntaxError(f"a comment begins at character {position}; comments are not read", position)
        if kind in _NAMES and following is not None and following.token_type == TokenType.L_PAREN:
            _check_function(token)
    check_nesting(tokens)


def check_nesting(tokens: Sequence[Token]) -> None:
    """Count open parentheses, and the signs and NOTs that wait in front of each.

    Raises
    ------
    ConditionSyntaxError
        If they are nested deeper than `MAX_NESTING`.
    """
    waiting = [0]
    for token in tokens:
        match token.token_type:
            case TokenType.L_PAREN:
                waiting.append(0)
            case TokenType.R_PAREN:
                waiting = waiting[:-1] or [0]
                waiting[-1] = 0
            case kind:
                waiting[-1] = waiting[-1] + 1 if kind in _PREFIXES else 0
        if len(waiting) - 1 + sum(waiting) > MAX_NESTING:
            position = token.start + 1
            raise ConditionSyntaxError(
                f"is nested more than {MAX_NESTING} deep at character {position}; use fewer parentheses", position
            )


def _check_function(token: Token) -> None:
    if token.text.upper() not in FUNCTIONS:
        close = get_close_matches(token.text.upper(), FUNCTIONS, n=2)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(FUNCTIONS)}."
        raise ConditionSyntaxError(
            f"no function {token.text} (at character {token.start + 1}); {hint}", token.start + 1
        )


def with_delimited_names(tokens: Sequence[Token]) -> list[Token]:
    """Tokens with bare names turned into delimited ones, except the names of functions."""
    delimited: list[Token] = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        is_function = following is not None and following.token_type == TokenType.L_PAREN
        if token.token_type == TokenType.VAR and not is_function:
            token = Token(TokenType.IDENTIFIER, token.text, token.line, token.col, token.start, token.end)
        delimited.append(token)
    return delimited


def syntax_error(error: ParseError, text: str) -> ConditionSyntaxError:
    """Say the parser's error in our words, with the place in the text."""
    found = error.errors[0] if error.errors else {}
    position = len(found.get("start_context") or "") + 1
    highlight = (found.get("highlight") or "").strip() or text[-20:]
    description = found.get("description") or ""
    if not description or "class" in description:
        description = "something is missing there"
    return ConditionSyntaxError(f"cannot be read near {highlight!r} at character {position}: {description}", position)
