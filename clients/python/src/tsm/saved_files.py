"""Files that a training set is saved to: the suffix tells the format, and a file appears complete or not at all."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from trainingset.formats import Info, ParquetSink, write_table
from trainingset.provenance import Provenance
from trainingset.recipe import CrossmatchRecipe, ResponseFormat
from trainingset.table_infos import table_infos
from tsm.errors import DiskError, TargetExistsError
from tsm.saved_record import footer_texts
from tsm.saved_table import SavedTable

__all__ = ["save"]

_FORMATS: dict[str, ResponseFormat] = {
    ".td.vot": ResponseFormat.VOTABLE_TD,
    ".vot": ResponseFormat.VOTABLE,
    ".votable": ResponseFormat.VOTABLE,
    ".xml": ResponseFormat.VOTABLE,
    ".parquet": ResponseFormat.PARQUET,
    ".parq": ResponseFormat.PARQUET,
    ".fits": ResponseFormat.FITS,
    ".fit": ResponseFormat.FITS,
    ".csv": ResponseFormat.CSV,
}
"""Format by the end of a file name; longer ends come first."""


def save(table: SavedTable, provenance: Provenance, target: Path, *, overwrite: bool) -> Path:
    """Save rows in the format that the name of the file tells.

    Raises
    ------
    ValueError
        If the suffix is none that is written here.
    TargetExistsError
        If the file exists and may not be replaced.
    DiskError
        If it cannot be written.
    """
    fmt = _format_of(target)
    if target.exists() and not overwrite:
        raise TargetExistsError(f"{target} exists; say overwrite=True to replace it, or name another file")
    infos = _infos(table, provenance)
    with _told_of_disk(target), _workplace(target) as folder:
        made = folder / target.name
        if fmt is ResponseFormat.PARQUET:
            _write_parquet(table, provenance, made, infos)
        else:
            write_table(_canonical(table, folder), made, fmt, infos=infos)
        made.replace(target)
    return target


def _format_of(target: Path) -> ResponseFormat:
    name = target.name.casefold()
    for suffix, fmt in _FORMATS.items():
        if name.endswith(suffix):
            return fmt
    known = ", ".join(_FORMATS)
    raise ValueError(f"{target.name!r} does not tell a format; let it end with one of {known}")


def _infos(table: SavedTable, provenance: Provenance) -> tuple[Info, ...]:
    """What the file says of itself, as the files of the service do."""
    infos = table_infos(
        CrossmatchRecipe.model_validate(provenance.recipe),
        catalogs=provenance.catalogs,
        citations=[citation.text for citation in provenance.citations],
        facts=provenance.facts,
    )
    return infos if table.subset is None else (*infos, Info(name="SUBSET", value=table.subset))


def _canonical(table: SavedTable, folder: Path) -> Path:
    """A Parquet file of just these rows."""
    if table.subset is None:
        return table.path
    path = folder / "rows"
    with ParquetSink(path, table.schema, metadata=_own_texts(table)) as sink:
        for rows in table.batches():
            sink.write(rows)
    return path


def _write_parquet(table: SavedTable, provenance: Provenance, target: Path, infos: Sequence[Info]) -> None:
    texts = _own_texts(table) | footer_texts(provenance, table.subset)
    with ParquetSink(target, table.schema, infos, metadata=texts) as sink:
        for rows in table.batches():
            sink.write(rows)


def _own_texts(table: SavedTable) -> dict[str, str]:
    """Texts of the footer that go on: what the columns mean, but not how the first file was encoded."""
    return {
        key.decode(): text.decode()
        for key, text in table.footer.items()
        if not key.startswith((b"IVOA.VOTable-Parquet", b"ARROW:"))
    }


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """A folder beside the target, so that moving what was made there is one step."""
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _told_of_disk(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskError(f"{target} cannot be written: {error.strerror or error}") from error
