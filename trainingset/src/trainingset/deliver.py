"""The files of a finished training set: the canonical table, further formats and subsets of it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trainingset.checksum import sha256_of
from trainingset.formats import MEDIA_TYPES, SUFFIXES, Info, ParquetSink, write_table
from trainingset.order import MadeFile
from trainingset.recipe import CrossmatchRecipe, ResponseFormat, Subsets

__all__ = ["CANONICAL_NAME", "file_formats", "made_file", "write_canonical", "write_files"]

CANONICAL_NAME = "training_set.parquet"
_BATCH_ROWS = 65_536


def write_canonical(
    path: Path, schema: pa.Schema, rows: Iterable[pa.Table], infos: Sequence[Info], *, overflow: bool
) -> None:
    """Write the canonical table as its rows come."""
    with ParquetSink(path, schema, infos, overflow=overflow) as sink:
        for batch in rows:
            sink.write(batch)


def file_formats(recipe: CrossmatchRecipe) -> dict[str, ResponseFormat]:
    """Formats to make, by the id of their file; several ids may have one format."""
    formats = {"result": recipe.responseformat, "parquet": ResponseFormat.PARQUET}
    return formats | {fmt.value.replace("/", "_"): fmt for fmt in recipe.formats}


def write_files(
    canonical: Path, recipe: CrossmatchRecipe, infos: Sequence[Info], *, overflow: bool
) -> Iterator[MadeFile]:
    """Make every file that the recipe asks for, each format once; yields them as they are done."""
    made: dict[ResponseFormat, MadeFile] = {}
    for file_id, fmt in file_formats(recipe).items():
        if fmt not in made:
            path = canonical.with_name(canonical.stem + SUFFIXES[fmt])
            if fmt is not ResponseFormat.PARQUET:
                write_table(canonical, path, fmt, infos=infos, overflow=overflow)
            made[fmt] = made_file(file_id, path, MEDIA_TYPES[fmt])
        yield made[fmt].model_copy(update={"id": file_id})
    if recipe.split and recipe.subsets is Subsets.FILES:
        for name in recipe.split:
            yield _write_subset(canonical, name, recipe.responseformat, infos)


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


def _write_subset(canonical: Path, name: str, fmt: ResponseFormat, infos: Sequence[Info]) -> MadeFile:
    infos = [*infos, Info(name="SUBSET", value=name)]
    path = canonical.with_name(f"{canonical.stem}_{name}{SUFFIXES[fmt]}")
    rows = path.with_suffix(".rows") if fmt is not ResponseFormat.PARQUET else path
    with pq.ParquetFile(canonical) as file, ParquetSink(rows, file.schema_arrow, infos) as sink:
        for batch in file.iter_batches(_BATCH_ROWS):
            sink.write(batch.filter(pc.equal(batch["subset"], name)))
    if fmt is not ResponseFormat.PARQUET:
        write_table(rows, path, fmt, infos=infos)
        rows.unlink()
    return made_file(f"subset_{name}", path, MEDIA_TYPES[fmt])
