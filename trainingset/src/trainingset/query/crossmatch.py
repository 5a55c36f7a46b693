"""Queries that are cross-matches: from ADQL to the fields of a recipe."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TypeVar

from sqlglot import exp

from trainingset.adql import position_of
from trainingset.errors import Problem, RecipeError
from trainingset.query.outputs import OBJECTS, PAIRS, REDSHIFTS
from trainingset.query.places import Place, PlaceError, SkyJoin, distance_places, sky_join_of
from trainingset.query.syntax import JoinKind, Query, QueryTable, parse_query, text_of
from trainingset.query.tables import ObjectTable, QueryTables
from trainingset.recipe import MOST_NEIGHBORS, How, Match, Unique
from trainingset.wire import BadRows

__all__ = ["crossmatch_of_query", "plain_table_of"]

_Found = TypeVar("_Found")


def crossmatch_of_query(text: str, tables: QueryTables) -> dict[str, object]:
    """Read a query as the cross-match that it stands for.

    Parameters
    ----------
    text
        ADQL 2.0 or 2.1: ``SELECT ... FROM one JOIN other ON 1=CONTAINS(POINT(...), CIRCLE(...)) WHERE ...`` with an
        object catalog on one side and redshifts on the other; the join may also stand in ``WHERE``.
    tables
        What it may name.

    Returns
    -------
    dict of str to object
        Fields of a `CrossmatchRecipe`: every pair within the radius, none preferred, and what ``SELECT`` asks for.

    Raises
    ------
    RecipeError
        With everything that is wrong, or that no cross-match can do; the parameter is ``QUERY``.
    """
    query = parse_query(text)
    return _Reader(query, tables).recipe()


class _Reader:
    """One query, its tables looked up."""

    def __init__(self, query: Query, tables: QueryTables) -> None:
        self._query = query
        self._problems: list[Problem] = []
        self._objects, self._object_alias, self._source, self._source_alias = self._sides(tables)

    def recipe(self) -> dict[str, object]:
        """Fields of the recipe, or everything that is wrong."""
        join, others = self._join()
        object_conditions, redshift_conditions = self._conditions(others)
        select = self._select()
        if self._problems:
            raise RecipeError(dict.fromkeys(self._problems))
        assert join is not None, "a query without a join was refused"
        place = next(place for place in join.places if self._side_of(place.lon) == REDSHIFTS)
        return {
            "catalog": self._objects.catalog,
            "redshifts": self._source,
            "roles": {"ra": place.lon.name, "dec": place.lat.name},
            "radius_arcsec": join.radius_arcsec,
            "match": Match.ALL,
            "neighbors": MOST_NEIGHBORS,
            "how": self._how(),
            "unique": Unique.NONE,
            "bad_rows": BadRows.DROP,
            "select": select,
            **({"where": object_conditions} if object_conditions else {}),
            **({"redshifts_where": redshift_conditions} if redshift_conditions else {}),
        }

    def _sides(self, tables: QueryTables) -> tuple[ObjectTable, str, str, str]:
        """The object catalog and the redshifts, each with its alias.

        Raises
        ------
        RecipeError
            If the query does not join one with the other.
        """
        objects: list[tuple[ObjectTable, QueryTable]] = []
        redshifts: list[tuple[str, QueryTable]] = []
        unknown: list[QueryTable] = []
        for table in self._query.tables:
            if (catalog := _found(table, tables.objects)) is not None:
                objects.append((catalog, table))
            elif (source := _found(table, tables.redshifts)) is not None:
                redshifts.append((source, table))
            else:
                unknown.append(table)
        if unknown:
            raise RecipeError(_unknown_table(table, tables) for table in unknown)
        if len(objects) != 1 or len(redshifts) != 1:
            raise RecipeError([_problem(_no_pair(self._query.tables, len(objects)))])
        ((catalog, object_table),) = objects
        ((source, source_table),) = redshifts
        if object_table.alias.casefold() == source_table.alias.casefold():
            raise RecipeError([_problem(f"calls both tables {object_table.alias!r}; give them different aliases.")])
        return catalog, object_table.alias, source, source_table.alias

    # --- the join

    def _join(self) -> tuple[SkyJoin | None, list[exp.Expr]]:
        """The sky join among the conditions, and the others."""
        joins: list[SkyJoin] = []
        others: list[exp.Expr] = []
        n_refused = 0
        for condition in self._query.conditions:
            try:
                join = sky_join_of(condition)
            except PlaceError as error:
                self._refuse(condition, str(error))
                n_refused += 1
                continue
            if join is None:
                others.append(condition)
            else:
                joins.append(join)
                self._check_places(condition, join.places)
        if not joins and not n_refused:
            self._problems.append(_problem(_NO_JOIN))
        if len(joins) > 1:
            self._problems.append(_problem("joins by position twice; one radius is enough."))
        return (joins[0] if joins else None), others

    def _check_places(self, node: exp.Expr, places: tuple[Place, Place]) -> None:
        """Notes why two places cannot be matched: both of one table, or no coordinates of the catalog."""
        sides = [{self._side_of(place.lon), self._side_of(place.lat)} for place in places]
        if sorted(map(sorted, sides)) != [[OBJECTS], [REDSHIFTS]]:
            self._refuse(node, "compares positions that are not those of the two tables")
            return
        place = next(place for place, side in zip(places, sides, strict=True) if side == {OBJECTS})
        wanted = (self._objects.ra, self._objects.dec)
        if (place.lon.name.casefold(), place.lat.name.casefold()) != tuple(name.casefold() for name in wanted):
            self._refuse(node, f"compares other columns of {self._objects.catalog} than its {' and '.join(wanted)}")

    def _how(self) -> How:
        """Redshifts without an object stay where the outer join is on their side."""
        redshifts_come_first = self._query.tables[0].alias == self._source_alias
        match self._query.join:
            case JoinKind.LEFT if redshifts_come_first:
                return How.LEFT
            case JoinKind.RIGHT if not redshifts_come_first:
                return How.LEFT
            case JoinKind.INNER:
                return How.INNER
        raise RecipeError([_problem("keeps all objects of the catalog by an outer join; only redshifts can be kept.")])

    # --- conditions

    def _conditions(self, conditions: list[exp.Expr]) -> tuple[str, str]:
        """Constraints on objects and on redshifts, as search conditions."""
        texts: dict[str, list[str]] = {OBJECTS: [], REDSHIFTS: []}
        for condition in conditions:
            sides = {self._side_of(column) for column in condition.find_all(exp.Column)}
            if len(sides) == 1:
                texts[sides.pop()].append(f"({text_of(_unqualified(condition))})")
            elif not sides:
                self._refuse(condition, "has a condition that names no column")
            else:
                self._refuse(
                    condition,
                    "compares columns of both tables in a condition; select them and cut the rows of the result",
                )
        return " AND ".join(texts[OBJECTS]), " AND ".join(texts[REDSHIFTS])

    # --- what comes out

    def _select(self) -> str:
        select = self._query.select
        top = "" if select.top is None else f"TOP {select.top} "
        items = ", ".join(text for item in select.items for text in self._item(item))
        group = ", ".join(self._named(item) for item in select.group)
        order = ", ".join(self._named(item.value) + " DESC" * item.is_descending for item in select.order)
        return top + items + (f" GROUP BY {group}" if group else "") + (f" ORDER BY {order}" if order else "")

    def _named(self, value: exp.Expr) -> str:
        """A column by which rows are sorted or grouped, or the name or number of an item."""
        aliases = {
            selected.alias.casefold() for selected in self._query.select.items if isinstance(selected, exp.Alias)
        }
        # A bare name is that of an item, if one has it.
        is_item = isinstance(value, exp.Column) and not value.table and value.name.casefold() in aliases
        return text_of(value if is_item or isinstance(value, exp.Literal) else self._qualified(value))

    def _item(self, item: exp.Expr) -> Iterator[str]:
        if isinstance(item, exp.Star):
            yield from (f"{self._side(table.alias)}.*" for table in self._query.tables)
            return
        if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            if (side := self._side(item.table)) is None:
                self._refuse(item, f"names {item.table!r}, which is no table of the query")
            yield f"{side}.*"
            return
        yield text_of(self._qualified(item))

    def _qualified(self, item: exp.Expr) -> exp.Expr:
        """The item with columns qualified by where they come from, and distances by the separation of the pair."""

        def change(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Anonymous) and str(node.this).upper() == "DISTANCE":
                return self._separation(node)
            if isinstance(node, exp.Column):
                return exp.column(node.this.copy(), table=self._side_of(node))
            return node

        return item.transform(change)

    def _separation(self, call: exp.Expr) -> exp.Expr:
        try:
            self._check_places(call, distance_places(call))
        except PlaceError as error:
            self._refuse(call, str(error))
        return exp.Paren(
            this=exp.Div(this=exp.column("separation_arcsec", table=PAIRS), expression=exp.Literal.number("3600.0"))
        )

    # --- names

    def _side(self, qualifier: str) -> str | None:
        folded = qualifier.casefold()
        if folded in (self._object_alias.casefold(), self._objects.catalog.casefold()):
            return OBJECTS
        return REDSHIFTS if folded == self._source_alias.casefold() else None

    def _side_of(self, column: exp.Column) -> str:
        """Where a column comes from; one without qualifier is the catalog's if that has it."""
        qualifier = ".".join(part.name for part in column.parts[:-1])
        if qualifier:
            if (side := self._side(qualifier)) is not None:
                return side
            self._refuse(column, f"names {qualifier!r}, which is no table of the query")
            return OBJECTS
        folded = {name.casefold() for name in self._objects.columns}
        return OBJECTS if column.name.casefold() in folded else REDSHIFTS

    def _refuse(self, node: exp.Expr, message: str) -> None:
        position = position_of(node)
        where = "" if position is None else f" (at character {position})"
        self._problems.append(_problem(f"{message}{where}."))


def plain_table_of(text: str, tables: QueryTables) -> dict[str, object] | None:
    """Fields of a `trainingset.query_recipe.QueryRecipe` for a query of one known table; None for any other query.

    Raises
    ------
    RecipeError
        If the query cannot be read, or names one table that is not here.
    """
    query = parse_query(text)
    if len(query.tables) > 1:
        return None
    (table,) = query.tables
    if (catalog := _found(table, tables.objects)) is not None:
        return {"query": text, "catalog": catalog.catalog}
    if (source := _found(table, tables.redshifts)) is not None:
        return {"query": text, "source": source}
    raise RecipeError([_unknown_table(table, tables)])


def _found(table: QueryTable, named: Mapping[str, _Found]) -> _Found | None:
    """What a table's name stands for, in any case of letters."""
    folded = {name.casefold(): found for name, found in named.items()}
    return folded.get(table.name.casefold())


def _unqualified(condition: exp.Expr) -> exp.Expr:
    return condition.transform(lambda node: exp.column(node.this.copy()) if isinstance(node, exp.Column) else node)


def _unknown_table(table: QueryTable, tables: QueryTables) -> Problem:
    folded = {name.casefold(): name for name in (*tables.objects, *tables.redshifts)}
    close = [folded[name] for name in get_close_matches(table.name.casefold(), folded, n=3)]
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    if table.name.casefold().startswith("tap_upload."):
        hint = f"; send it with the request: UPLOAD={table.name.partition('.')[2]},param:FIELD."
    return _problem(f"names the table {table.name!r}, which is not here{hint}", value=table.name)


def _no_pair(tables: tuple[QueryTable, ...], n_objects: int) -> str:
    named = " and ".join(table.name for table in tables)
    if len(tables) == 1:
        return f"asks for rows of {named} alone; queries here match an upload or a compilation with an object catalog."
    what = "two object catalogs" if n_objects else "no object catalog"
    return f"joins {named}, {what}; a cross-match joins redshifts with one object catalog."


def _problem(message: str, *, value: str | None = None) -> Problem:
    return Problem(parameter="QUERY", message=message, value=value)


_NO_JOIN = (
    "joins two tables without saying how near their positions are to be: write "
    "ON 1=CONTAINS(POINT('ICRS', a.ra, a.dec), CIRCLE('ICRS', b.ra, b.dec, radius in degrees))."
)
