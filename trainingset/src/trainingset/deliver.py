"""The files of a finished training set: the canonical table, further formats and subsets of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.checksum import checksum_rows, sha256_of
from trainingset.combine_recipe import CombineRecipe
from trainingset.embedded_record import embedded, fill_in_checksum
from trainingset.formats import MEDIA_TYPES, SUFFIXES, Info, ParquetSink, write_catalog_tag, write_table
from trainingset.formats.canonical import CanonicalTable
from trainingset.layout import TableLayout, layout_metadata
from trainingset.order import MadeFile
from trainingset.provenance import OutputMade, Provenance
from trainingset.recipe import CrossmatchRecipe, Hdf5Profile, Subsets
from trainingset.record_names import record_metadata
from trainingset.wire import ResponseFormat

__all__ = [
    "CANONICAL_NAME",
    "Delivery",
    "made_file",
    "with_checksum",
    "with_outputs",
    "write_canonical",
    "write_files",
]

CANONICAL_NAME = "training_set.parquet"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Which files a recipe asks for."""

    responseformat: ResponseFormat
    formats: tuple[ResponseFormat, ...] = ()
    subsets: tuple[str, ...] = ()
    """Values of the column ``subset``."""
    are_subsets_files: bool = False
    """Whether each subset has a file of its own in the format of the answer."""
    profile: Hdf5Profile = Hdf5Profile.RAIL

    @classmethod
    def of(cls, recipe: CrossmatchRecipe | CombineRecipe) -> "Delivery":
        """What a recipe asks for."""
        if isinstance(recipe, CombineRecipe):
            return cls(recipe.responseformat, recipe.formats)
        is_files = recipe.subsets is Subsets.FILES
        return cls(recipe.responseformat, recipe.formats, recipe.subset_names, is_files, recipe.hdf5_profile)

    def file_formats(self) -> dict[str, ResponseFormat]:
        """Formats to make, by the id of their file; several ids may have one format."""
        formats = {"result": self.responseformat, "parquet": ResponseFormat.PARQUET}
        return formats | {fmt.value.replace("/", "_"): fmt for fmt in self.formats}


def write_canonical(
    path: Path,
    schema: pa.Schema,
    layout: TableLayout,
    rows: Iterable[pa.Table],
    infos: Sequence[Info],
    *,
    overflow: bool,
    record: Provenance,
    key: str,
) -> Provenance:
    """Write the canonical table as its rows come, with its record; gives the record with the checksum of the rows.

    Parameters
    ----------
    record
        With `UNKNOWN_CHECKSUM`.
    key
        Column that orders rows for their checksum.
    """
    metadata = {**layout_metadata(layout), **record_metadata(embedded(record))}
    with ParquetSink(path, schema, infos, overflow=overflow, metadata=metadata) as sink:
        for batch in rows:
            sink.write(batch)
    return with_checksum(record, path, key=key)


def with_checksum(record: Provenance, path: Path, *, key: str | None) -> Provenance:
    """The record with the checksum of the rows of its Parquet file, in which it is filled in as well."""
    checksum = checksum_rows(path, key=key)
    fill_in_checksum(path, checksum)
    return record.model_copy(update={"row_checksum": checksum})


def with_outputs(record: Provenance, files: Iterable[MadeFile]) -> Provenance:
    """The record with its files."""
    outputs = tuple(OutputMade.model_validate(file.model_dump(exclude={"path"})) for file in files)
    return record.model_copy(update={"outputs": outputs})


def write_files(
    canonical: Path, delivery: Delivery, infos: Sequence[Info], *, overflow: bool, answer: Path | None = None
) -> Iterator[MadeFile]:
    """Make every file that is asked for, each format once; yields them as they are done.

    Parameters
    ----------
    answer
        Parquet table that takes the place of the canonical one in the file ``result``.
    """
    formats = delivery.file_formats()
    made: dict[ResponseFormat, MadeFile] = {}
    if answer is not None:
        yield _write_answer(answer, formats.pop("result"), infos, overflow=overflow)
    for file_id, fmt in formats.items():
        if fmt not in made:
            path = canonical.with_name(canonical.stem + SUFFIXES[fmt])
            if fmt is not ResponseFormat.PARQUET:
                write_table(canonical, path, fmt, infos=infos, overflow=overflow, profile=delivery.profile)
            made[fmt] = made_file(file_id, path, MEDIA_TYPES[fmt])
        yield made[fmt].model_copy(update={"id": file_id})
    for name in delivery.subsets:
        yield from _write_subset(canonical, name, delivery, infos)
    if ResponseFormat.HDF5 in made:
        tag = canonical.with_suffix(".yaml")
        write_catalog_tag(canonical, tag, profile=delivery.profile)
        yield made_file("catalog_tag", tag, "application/yaml")


def _write_answer(answer: Path, fmt: ResponseFormat, infos: Sequence[Info], *, overflow: bool) -> MadeFile:
    if fmt is ResponseFormat.PARQUET:
        return made_file("result", answer, MEDIA_TYPES[fmt])
    path = answer.with_suffix(SUFFIXES[fmt])
    write_table(answer, path, fmt, infos=infos, overflow=overflow)
    answer.unlink()
    return made_file("result", path, MEDIA_TYPES[fmt])


def made_file(file_id: str, path: Path, mime_type: str) -> MadeFile:
    """What there is to tell of a file that is complete."""
    return MadeFile(
        id=file_id,
        filename=path.name,
        mime_type=mime_type,
        path=str(path),
        size=path.stat().st_size,
        sha256=sha256_of(path),
    )


def _subset_formats(delivery: Delivery) -> dict[str, ResponseFormat]:
    """Formats of each subset's own files, by the beginning of their ids: photo-z codes want a file for each."""
    formats: dict[str, ResponseFormat] = {}
    if delivery.are_subsets_files:
        formats["subset"] = delivery.responseformat
    if ResponseFormat.HDF5 in delivery.file_formats().values():
        formats["hdf5"] = ResponseFormat.HDF5
    return formats


def _write_subset(canonical: Path, name: str, delivery: Delivery, infos: Sequence[Info]) -> Iterator[MadeFile]:
    formats = _subset_formats(delivery)
    if not formats:
        return
    infos = [*infos, Info(name="SUBSET", value=name)]
    rows = canonical.with_name(f"{canonical.stem}_{name}{SUFFIXES[ResponseFormat.PARQUET]}")
    _write_rows_of(canonical, name, rows, infos)
    made: dict[ResponseFormat, MadeFile] = {}
    for kind, fmt in formats.items():
        path = canonical.with_name(f"{canonical.stem}_{name}{SUFFIXES[fmt]}")
        if fmt not in made:
            if fmt is not ResponseFormat.PARQUET:
                write_table(rows, path, fmt, infos=infos, profile=delivery.profile)
            made[fmt] = made_file(f"{kind}_{name}", path, MEDIA_TYPES[fmt])
        yield made[fmt].model_copy(update={"id": f"{kind}_{name}"})
    if ResponseFormat.PARQUET not in made:
        rows.unlink()


def _write_rows_of(canonical: Path, name: str, target: Path, infos: Sequence[Info]) -> None:
    source = CanonicalTable(canonical)
    metadata = {**layout_metadata(source.layout), **record_metadata(source.record)}
    with ParquetSink(target, source.schema, infos, metadata=metadata) as sink:
        for batch in source.batches():
            sink.write(batch.filter(pc.equal(batch["subset"], name)))
