"""Answers a plain query: rows of one table or of ``TAP_SCHEMA``, written as the result of a job like any other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import schema_descriptions
from trainingset.citations import citations_of
from trainingset.columns import ColumnDescription
from trainingset.deliver import Delivery, made_file, with_checksum, with_outputs, write_files
from trainingset.embedded_record import UNKNOWN_CHECKSUM, embedded
from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.formats import Info, ParquetSink
from trainingset.inspection import require_rows_within
from trainingset.listed_table import ListedTable
from trainingset.order import InputFile, Order, Report, StageProgress, TrainingSetFiles
from trainingset.provenance import (
    CatalogUsed,
    InputUsed,
    Provenance,
    StageCount,
    software_versions,
    write_provenance,
)
from trainingset.published import PublishedCompilation
from trainingset.query.answer import answer_rows, answer_schema
from trainingset.query.metadata import answer_metadata, read_metadata_query
from trainingset.query.outputs import OBJECTS, Outputs
from trainingset.query.plain import PlainQuery, read_plain_query
from trainingset.query.scan import passing_rows, scan_catalog
from trainingset.query.syntax import names_schema
from trainingset.query.tap_schema import SCHEMA
from trainingset.query_recipe import QueryRecipe, validate_query
from trainingset.record import PROVENANCE_NAME
from trainingset.record_names import record_metadata
from trainingset.registry import CatalogCard
from trainingset.roles import find_roles
from trainingset.table_infos import table_infos
from trainingset.tables import read_catalog, read_table
from trainingset.wire import ResponseFormat

__all__ = ["CARD", "answer_query"]

CARD = "card:"
"""Begins the names of an order's inputs that are cards of catalogs."""

_ROWS_NAME = "rows.parquet"
_WHOLE_SETS = frozenset({ResponseFormat.HDF5, ResponseFormat.HATS})
"""Formats of whole training sets, which the rows of a query are not."""


def answer_query(order: Order, report: Report = lambda _: None) -> TrainingSetFiles:
    """Answer a query and write its rows.

    Parameters
    ----------
    order
        With a `QueryRecipe`, the cards of the catalogs that it may see, and an empty folder for the files.
    report
        Told of progress.

    Raises
    ------
    RecipeError
        With every problem of the request.
    """
    report(StageProgress(stage="checking"))
    recipe = _checked(order)
    report(StageProgress(stage="reading"))
    if names_schema(recipe.query, SCHEMA):
        answer = _described_tables(order, recipe)
    elif recipe.catalog is not None:
        answer = _catalog_rows(order, recipe, recipe.catalog, report)
    else:
        answer = _table_rows(order, recipe)
    return _written(order, recipe, answer, report)


def _checked(order: Order) -> QueryRecipe:
    draft = validate_query(order.request)
    problems = [*order.problems, *draft.problems]
    for parameter, formats in (("RESPONSEFORMAT", (draft.recipe.responseformat,)), ("FORMATS", draft.recipe.formats)):
        for fmt in dict.fromkeys(formats):
            if fmt in _WHOLE_SETS:
                message = f"{fmt} is for whole training sets, and a query has rows of one table; take another format."
                problems.append(Problem(parameter=parameter, message=message, value=fmt))
    if problems:
        raise RecipeError(dict.fromkeys(problems))
    return draft.recipe


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a query found, as it comes."""

    schema: pa.Schema
    rows: Iterable[pa.Table]
    """May go on behind what is wanted."""
    top: int | None = None
    """Rows that were asked for."""
    card: CatalogCard | None = None
    input: InputUsed | None = None


def _described_tables(order: Order, recipe: QueryRecipe) -> _Answer:
    most = None if recipe.maxrec is None else recipe.maxrec + 1
    rows = answer_metadata(read_metadata_query(recipe.query), _listed(order), most_rows=most)
    return _Answer(rows.schema, [rows])


def _catalog_rows(order: Order, recipe: QueryRecipe, catalog: str, report: Report) -> _Answer:
    file = order.inputs.get(f"{CARD}{catalog}")
    if file is None:
        raise SourceUnavailableError(f"catalog {catalog} is registered but not opened yet.")
    card = CatalogCard.model_validate_json(Path(file.path).read_bytes())
    query = read_plain_query(recipe.query, card.columns, (card.entry.ra_column, card.entry.dec_column))
    if query.is_whole_count:
        schema = answer_schema(query.outputs)
        return _Answer(schema, [_counted(card.n_rows, schema)], query.outputs.top, card)
    most = _most_needed(query.outputs, recipe.maxrec)
    batches = scan_catalog(card, query, most_rows=most, most_bytes=order.most_bytes, report=report)
    return _answered(query, batches, recipe.maxrec, card=card)


def _table_rows(order: Order, recipe: QueryRecipe) -> _Answer:
    """Rows of a table of redshifts, which is read whole."""
    assert recipe.source is not None, "a recipe names a catalog, a table or TAP_SCHEMA"
    kind, colon, identifier = recipe.source.partition(":")
    if colon and kind == "catalog":
        entry = next(entry for entry in order.catalogs if entry.id == identifier)
        table, name, file = read_catalog(entry.path, name=entry.id), entry.id, None
        columns = _as_listed(schema_descriptions(table.schema), order.inputs.get(f"{CARD}{identifier}"))
    else:
        file = order.inputs[recipe.source]
        table, name = read_table(Path(file.path), name=file.name, media_type=file.media_type), file.name
        require_rows_within(table, order.most_rows, name=name)
        columns = schema_descriptions(table.schema)
    roles = find_roles(columns).roles
    place = (roles["ra"], roles["dec"]) if {"ra", "dec"} <= roles.keys() else None
    query = read_plain_query(recipe.query, columns, place)
    used = InputUsed(
        source=recipe.source,
        name=name,
        sha256=file.sha256 if file is not None else "",
        size=file.size if file is not None else 0,
        rows=table.num_rows,
        roles={role: column for role, column in roles.items() if role in ("ra", "dec")},
    )
    return _answered(query, [passing_rows(table, query, place)], recipe.maxrec, used=used)


def _as_listed(columns: Sequence[ColumnDescription], card: InputFile | None) -> tuple[ColumnDescription, ...]:
    """What documents of tables tell of a catalog's columns is told with its rows: its files may tell less."""
    if card is None:
        return tuple(columns)
    listed = ListedTable.of_catalog(CatalogCard.model_validate_json(Path(card.path).read_bytes()))
    told = {column.name: column for column in listed.shown_columns()}
    return tuple(
        told[column.name].model_copy(update={"datatype": column.datatype}) if column.name in told else column
        for column in columns
    )


def _answered(
    query: PlainQuery,
    batches: Iterable[pa.Table],
    maxrec: int | None,
    *,
    card: CatalogCard | None = None,
    used: InputUsed | None = None,
) -> _Answer:
    outputs = query.outputs
    batches = (batch.rename_columns([f"{OBJECTS}.{name}" for name in batch.column_names]) for batch in batches)
    sources = {name: pc.field(name) for name in outputs.used}
    limits = [limit for limit in (outputs.top, None if maxrec is None else maxrec + 1) if limit is not None]
    rows = answer_rows(batches, outputs, sources, min(limits, default=None))
    return _Answer(answer_schema(outputs), rows, outputs.top, card, used)


def _most_needed(outputs: Outputs, maxrec: int | None) -> int | None:
    """Rows behind which nothing need be read: one more than MAXREC tells whether any was left out."""
    if outputs.order or outputs.grouping is not None:
        return None
    limits = [limit for limit in (outputs.top, None if maxrec is None else maxrec + 1) if limit is not None]
    return min(limits, default=None)


def _counted(n_rows: int, schema: pa.Schema) -> pa.Table:
    return pa.table([pa.array([n_rows], field.type) for field in schema], schema=schema)


def _listed(order: Order) -> list[ListedTable]:
    """The tables that the owner may see, as the documents of tables list them."""
    cards = [
        CatalogCard.model_validate_json(Path(file.path).read_bytes())
        for name, file in order.inputs.items()
        if name.startswith(CARD)
    ]
    compilations = {name: PublishedCompilation.model_validate(told) for name, told in order.compilations.items()}
    return [
        *(ListedTable.of_catalog(card) for card in cards),
        *(
            ListedTable.of_compilation(name, told.title, told.description, told.profile)
            for name, told in compilations.items()
        ),
    ]


def _written(order: Order, recipe: QueryRecipe, answer: _Answer, report: Report) -> TrainingSetFiles:
    folder = Path(order.folder)
    entries = [] if answer.card is None else [answer.card.entry]
    citations = citations_of(entries, ())
    used = [] if answer.card is None else [_catalog_used(answer.card)]
    facts = {**order.facts, "provenance": PROVENANCE_NAME}
    infos = table_infos(recipe, catalogs=used, citations=citations, facts=facts)
    canonical = folder / _ROWS_NAME
    record = Provenance(
        kind="query",
        request=order.request,
        recipe=recipe.model_dump(mode="json"),
        seed=0,
        inputs=() if answer.input is None else (answer.input,),
        catalogs=tuple(used),
        stages=(),
        rows=0,
        row_checksum=UNKNOWN_CHECKSUM,
        citations=citations,
        software=dict(software_versions()),
        facts=order.facts,
    )
    record, overflow = _write_rows(canonical, answer, recipe.maxrec, infos, record)
    report(StageProgress(stage="formats", rows=record.rows))
    files = list(write_files(canonical, Delivery(recipe.responseformat, recipe.formats), infos, overflow=overflow))
    record = with_outputs(record, files)
    write_provenance(record, folder / PROVENANCE_NAME)
    return TrainingSetFiles(
        files=(*files, made_file("provenance", folder / PROVENANCE_NAME, "application/json")),
        provenance=record.model_dump(mode="json"),
        recipe=recipe.model_dump(mode="json"),
        rows=record.rows,
        notes=record.notes,
    )


def _write_rows(
    path: Path, answer: _Answer, maxrec: int | None, infos: Sequence[Info], record: Provenance
) -> tuple[Provenance, bool]:
    """Write the rows that are wanted; the record that counts them, and whether others were asked for."""
    n_asked = 0
    with ParquetSink(path, answer.schema, infos) as sink:
        for rows in answer.rows:
            left = rows if answer.top is None else rows[: answer.top - n_asked]
            sink.write(left if maxrec is None else left[: max(maxrec - n_asked, 0)])
            n_asked += left.num_rows
            sink.overflow = maxrec is not None and n_asked > maxrec
            if sink.overflow or n_asked == answer.top:
                break
        n_rows = sink.n_rows
        notes = (f"Only the first {n_rows} rows are here, as MAXREC asks for.",) if sink.overflow else ()
        stages = (StageCount(stage="output", rows_in=n_rows, rows_out=n_rows),)
        record = record.model_copy(update={"rows": n_rows, "stages": stages, "notes": notes})
        sink.add_metadata(record_metadata(embedded(record)))
    return with_checksum(record, path, key=None), sink.overflow


def _catalog_used(card: CatalogCard) -> CatalogUsed:
    entry = card.entry
    return CatalogUsed(
        id=entry.id,
        release=entry.release,
        path=entry.path,
        fingerprint=card.fingerprint,
        rows=card.n_rows,
        margin_arcsec=card.margin_arcsec,
    )
