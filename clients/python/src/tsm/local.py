"""Makes training sets on this machine, without a service, by the very same recipe; needs the extra ``local``.

Examples
--------
>>> ts = tsm.local.crossmatch("zcosmos.fits", catalog="/data/hats/object_collection",
...     entry={"object_id_column": "objectId"}, magnitudes=False)                   # doctest: +SKIP
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Unpack

from pydantic import ValidationError

from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.order import InputFile, Order, StageProgress
from trainingset.provenance import Provenance
from trainingset.registry import CatalogEntry, RegistryError
from tsm.errors import DiskError, MissingExtraError, RequestRefusedError
from tsm.remote.combine_fields import CombineFields, given_tables, plain_combine_fields
from tsm.remote.recipe_fields import RecipeFields, plain_fields
from tsm.remote.refused_tables import RefusedTables, table_name
from tsm.sets.compilation import Compilation
from tsm.sets.training_set import TrainingSet
from tsm.tables.redshift_input import prepare

__all__ = ["combine", "crossmatch"]

_SOURCE = "redshifts"
"""How the recipe names the table that was given."""
_CANONICAL_NAME = "training_set.parquet"
_COMPILATION_NAME = "compilation.parquet"
_REPORT_NAME = "report.html"
_NUMBERS_NAME = "report.json"
_BAD_REQUEST = 400
"""What the service would answer."""

_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Folders of sets whose folder nobody named; they are removed when Python ends."""


def crossmatch(
    redshifts: object,
    *,
    catalog: str | Path | CatalogEntry,
    entry: Mapping[str, Any] = MappingProxyType({}),
    name: str | None = None,
    folder: str | Path | None = None,
    progress: Callable[[StageProgress], None] = lambda _: None,
    **recipe: Unpack[RecipeFields],
) -> TrainingSet:
    """Match redshifts with an object catalog that this machine can read.

    Runs in threads of this process, or on the Dask cluster whose client is active. The rows are those that a service
    makes of the same redshifts, catalog and recipe.

    Parameters
    ----------
    redshifts
        What `tsm.crossmatch` takes, sources of a service apart.
    catalog
        HATS collection (a folder, or an address that fsspec reads), or its registry entry, as
        ``trainingset.registry.Registry.load("registry.yaml").get("dp1_object")`` gives it.
    entry
        For a collection without an entry, what an entry would say: ``object_id_column`` at least, and ``bands`` and
        ``fluxes`` where magnitudes are wanted.
    name
        Name of the redshifts in keys and record; a path has its own.
    folder
        Empty or new folder for all files of the set. Without it they are removed when Python ends; what is to stay
        is saved by `TrainingSet.write`.
    progress
        Told of progress; ``print`` will do.
    **recipe
        Fields of `trainingset.recipe.CrossmatchRecipe`: ``radius_arcsec=1.0``, ``split={"train": 0.8, "test": 0.2}``.

    Raises
    ------
    MissingExtraError
        If LSDB is not installed.
    TableRefusedError
        With everything wrong with the redshifts.
    RequestRefusedError
        With everything wrong with recipe and catalog.
    DiskError
        If the catalog cannot be read, or the folder is not empty.
    """
    if find_spec("lsdb") is None:
        raise MissingExtraError("local", "tsm.local.crossmatch")
    # Late: LSDB takes seconds to load.
    from trainingset.make import make_training_set

    known = catalog if isinstance(catalog, CatalogEntry) else _entry(str(catalog), entry)
    fields = plain_fields(recipe)
    with prepare(redshifts, name=name, roles=_roles(fields)) as table:
        order = Order(
            request={"catalog": known.id, "redshifts": _SOURCE, **fields},
            catalogs=(known,),
            inputs={_SOURCE: _input(table.path, table.name)},
            folder=str(_empty_folder(folder)),
        )
        try:
            made = make_training_set(order, progress)
        except (RecipeError, RegistryError) as error:
            problems = error.problems if isinstance(error, RecipeError) else ()
            raise RequestRefusedError(str(error), status=_BAD_REQUEST, problems=problems) from error
        except SourceUnavailableError as error:
            raise DiskError(str(error)) from error
    return TrainingSet(Path(order.folder, _CANONICAL_NAME), Provenance.model_validate(made.provenance))


def combine(
    inputs: object,
    *,
    folder: str | Path | None = None,
    progress: Callable[[StageProgress], None] = lambda _: None,
    **recipe: Unpack[CombineFields],
) -> Compilation:
    """Make one table of the redshift tables of many surveys.

    The rows are those that a service makes of the same tables.

    To match it, give its `Compilation.path` to `crossmatch` as redshifts.

    Parameters
    ----------
    inputs
        What `tsm.combine` takes, sources of a service apart.
    folder
        Empty or new folder for all files of the compilation. Without it they are removed when Python ends; what is to
        stay is saved by `Compilation.write`.
    progress
        Told of progress; ``print`` will do.
    **recipe
        Fields of `trainingset.combine_recipe.CombineRecipe`: ``preset="training"``, ``radius_arcsec=0.75``.

    Raises
    ------
    TableRefusedError
        With everything wrong with a table.
    RequestRefusedError
        With everything wrong with the recipe and with what the tables hold.
    DiskError
        If the folder is not empty.
    """
    # Late, as above: it brings scipy.
    from trainingset.combine import make_compilation

    fields = plain_combine_fields(recipe)
    tables = given_tables(inputs)
    with ExitStack() as files:
        entries, found = [], {}
        refused = RefusedTables()
        for number, given in enumerate(tables, start=1):
            with refused.looking_at(table_name(given.table)):
                table = files.enter_context(prepare(given.table, name=None, roles=given.roles))
                source = f"input{number}"
                entries.append(given.entry(source))
                found[source] = _input(table.path, table.name)
        refused.require_none()
        request = {"kind": "combine", "inputs": entries, **fields}
        order = Order(request=request, catalogs=(), inputs=found, folder=str(_empty_folder(folder)))
        try:
            made = make_compilation(order, progress)
        except RecipeError as error:
            raise RequestRefusedError(str(error), status=_BAD_REQUEST, problems=error.problems) from error
        except SourceUnavailableError as error:
            raise DiskError(str(error)) from error
    return Compilation(
        Path(order.folder, _COMPILATION_NAME),
        Provenance.model_validate(made.provenance),
        report_path=Path(order.folder, _REPORT_NAME),
        numbers_path=Path(order.folder, _NUMBERS_NAME),
    )


def _roles(fields: Mapping[str, Any]) -> Mapping[str, str]:
    """Roles of the recipe, where they can be read; what is wrong with them is told with the rest of it."""
    roles = fields.get("roles")
    return roles if isinstance(roles, Mapping) else {}


def _entry(path: str, given: Mapping[str, Any]) -> CatalogEntry:
    """An entry for a collection, made of what the collection itself and its user say."""
    values = {"id": "local", "title": Path(path).name, "release": "local", "path": path, **_told(path), **given}
    try:
        return CatalogEntry.model_validate(values)
    except ValidationError as error:
        problems = [
            Problem(parameter="CATALOG", message=_entry_message(path, detail["loc"], detail["msg"], detail["type"]))
            for detail in error.errors(include_url=False)
        ]
        message = "; ".join(problem.message for problem in problems)
        raise RequestRefusedError(message, status=_BAD_REQUEST, problems=problems) from error


def _entry_message(path: str, place: tuple[int | str, ...], message: str, kind: str) -> str:
    field = ".".join(map(str, place))
    if kind == "missing":
        return f"{path} has no registry entry, so say {field}: entry={{{field!r}: ...}}"
    return f"entry: {field}: {message[0].lower()}{message[1:]}"


def _told(path: str) -> dict[str, str]:
    """Columns of positions that a HATS collection or catalog names by itself."""
    import hats
    from hats.catalog import Catalog, CatalogCollection

    try:
        opened = hats.read_hats(path)
    except (OSError, ValueError, TypeError, NotImplementedError) as error:
        raise DiskError(f"the catalog {path} cannot be opened: {error}") from error
    catalog = opened.main_catalog if isinstance(opened, CatalogCollection) else opened
    if not isinstance(catalog, Catalog):
        raise DiskError(f"{path} is a HATS {type(catalog).__name__} and no catalog of objects; name its collection")
    info = catalog.catalog_info
    return {"ra_column": info.ra_column or "", "dec_column": info.dec_column or ""}


def _input(path: Path, name: str) -> InputFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return InputFile(name=name, path=str(path), sha256=digest.hexdigest(), size=path.stat().st_size)


def _empty_folder(given: str | Path | None) -> Path:
    if given is None:
        _kept.append(tempfile.TemporaryDirectory(prefix="training-set-", ignore_cleanup_errors=True))
        return Path(_kept[-1].name)
    folder = Path(given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise DiskError(f"the folder {folder} cannot be made: {error.strerror or error}") from error
    if not is_empty:
        raise DiskError(f"the folder {folder} is not empty; name a new one")
    return folder
