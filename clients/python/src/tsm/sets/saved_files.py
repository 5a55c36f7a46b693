"""Files that a training set is saved to: the suffix tells the format, and a file appears complete or not at all."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from trainingset.combine_recipe import CombineRecipe
from trainingset.embedded_record import embedded
from trainingset.errors import MissingPackageError
from trainingset.formats import Info, ParquetSink, write_catalog_tag, write_table
from trainingset.provenance import Provenance
from trainingset.recipe import CrossmatchRecipe, Hdf5Profile
from trainingset.record_names import RECORD_INFO
from trainingset.table_infos import table_infos
from trainingset.wire import ResponseFormat
from tsm.errors import DiskError, MissingExtraError, TargetExistsError
from tsm.sets.saved_record import footer_texts
from tsm.sets.saved_table import SavedTable

__all__ = ["save", "save_text"]

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
    ".hdf5": ResponseFormat.HDF5,
    ".hats.zip": ResponseFormat.HATS,
    ".hats": ResponseFormat.HATS,
}
"""Format by the end of a file name; longer ends come first."""
_FOLDER_SUFFIX = ".hats"


def save(
    table: SavedTable, provenance: Provenance, target: Path, *, overwrite: bool, profile: Hdf5Profile | None
) -> Path:
    """Save rows in the format that the name of the file tells.

    Raises
    ------
    ValueError
        If the suffix is none that is written here, or a profile is given for a format that has none.
    TargetExistsError
        If a file to be made exists and may not be replaced.
    DiskError
        If it cannot be written.
    MissingExtraError
        If the format needs a package that is not installed.
    """
    fmt = _format_of(target)
    if profile is not None and fmt is not ResponseFormat.HDF5:
        raise ValueError(f"a profile is for HDF5, and {target.name!r} is {fmt}; leave it out, or save to .hdf5")
    if fmt is ResponseFormat.HDF5 and provenance.kind == "combine":
        raise ValueError(f"{target.name!r} is HDF5, which is for photo-z codes: match the compilation first")
    targets = [target] if fmt is not ResponseFormat.HDF5 else [target, target.with_suffix(".yaml")]
    if existing := [path for path in targets if path.exists() and not overwrite]:
        raise TargetExistsError(f"{existing[0]} exists; say overwrite=True to replace it, or name another file")
    with _told_of_disk(target), _workplace(target) as folder:
        profile = profile or _hdf5_profile(provenance)
        _make(table, provenance, folder / target.name, fmt, profile)
        for path in targets:
            _put(folder / path.name, path, folder)
    return target


def save_text(text: str, target: Path, *, overwrite: bool) -> Path:
    """Save a text as UTF-8, complete or not at all.

    Raises
    ------
    TargetExistsError
        If the file exists and may not be replaced.
    DiskError
        If it cannot be written.
    """
    if target.exists() and not overwrite:
        raise TargetExistsError(f"{target} exists; say overwrite=True to replace it, or name another file")
    with _told_of_disk(target), _workplace(target) as folder:
        (folder / target.name).write_text(text, encoding="utf-8")
        _put(folder / target.name, target, folder)
    return target


def _make(table: SavedTable, provenance: Provenance, made: Path, fmt: ResponseFormat, profile: Hdf5Profile) -> None:
    infos = _infos(table, provenance)
    if fmt is ResponseFormat.PARQUET:
        _write_parquet(table, provenance, made, infos)
        return
    rows = _canonical(table, made.parent)
    if fmt is ResponseFormat.HATS and made.suffix == _FOLDER_SUFFIX:
        archive = made.with_name("archive.zip")
        _write_other(rows, archive, fmt, infos, profile)
        with zipfile.ZipFile(archive) as content:
            content.extractall(made.parent / "unpacked")
        (collection,) = (made.parent / "unpacked").iterdir()
        collection.rename(made)
        return
    _write_other(rows, made, fmt, infos, profile)
    if fmt is ResponseFormat.HDF5:
        write_catalog_tag(rows, made.with_suffix(".yaml"), profile=profile)


def _write_other(rows: Path, made: Path, fmt: ResponseFormat, infos: Sequence[Info], profile: Hdf5Profile) -> None:
    try:
        write_table(rows, made, fmt, infos=infos, profile=profile)
    except MissingPackageError as error:
        raise MissingExtraError("local", f"saving as {fmt}") from error


def _put(made: Path, target: Path, folder: Path) -> None:
    """Move what was made to its place; a folder that is there cannot be replaced in one step and goes first."""
    if target.is_dir():
        target.rename(folder / "replaced")
    made.replace(target)


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
        _recipe(provenance),
        catalogs=provenance.catalogs,
        citations=provenance.citations,
        facts=provenance.facts,
    )
    infos = (*infos, Info(name=RECORD_INFO, value=embedded(provenance)))
    return infos if table.subset is None else (*infos, Info(name="SUBSET", value=table.subset))


def _recipe(provenance: Provenance) -> CrossmatchRecipe | CombineRecipe:
    kind = CombineRecipe if provenance.kind == "combine" else CrossmatchRecipe
    return kind.model_validate(provenance.recipe)


def _hdf5_profile(provenance: Provenance) -> Hdf5Profile:
    recipe = _recipe(provenance)
    return recipe.hdf5_profile if isinstance(recipe, CrossmatchRecipe) else Hdf5Profile.RAIL


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
    infos = [info for info in infos if info.name != RECORD_INFO]  # the footer has it
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
