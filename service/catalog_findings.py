"""What ``tsm-service doctor`` finds about registered catalogs: their files, and the cards that workers wrote."""

import asyncio
from pathlib import Path

from pydantic import ValidationError

from service.catalog_check import complaints_about
from service.finding import Finding
from trainingset.registry import CatalogCard, CatalogContent, CatalogEntry, Registry, RegistryError, card_key
from uws.blobs import BlobStore
from uws.errors import UnknownBlobError

__all__ = ["examine_catalogs"]

_MORE = "`tsm-service catalog check` opens it and says more."


async def examine_catalogs(registry_path: Path, blobs: BlobStore, *, has_files: bool) -> list[Finding]:
    """One finding a catalog, or one about the registry.

    Parameters
    ----------
    has_files
        Whether the files of catalogs should be on this machine.
    """
    try:
        registry = await asyncio.to_thread(Registry.load, registry_path)
    except RegistryError as error:
        return [Finding("Catalogs", str(error), is_bad=True, advice="Correct the file that TSM_REGISTRY_PATH names.")]
    entries = list(registry)
    if not entries:
        return [Finding("Catalogs", "none registered", is_bad=True, advice="See docs/adding-a-catalog.md.")]
    return [await _examine(entry, blobs, has_files=has_files) for entry in entries]


async def _examine(entry: CatalogEntry, blobs: BlobStore, *, has_files: bool) -> Finding:
    subject = f"Catalog {entry.id}"
    if has_files and "://" not in entry.path and not await asyncio.to_thread(Path(entry.path).exists):
        advice = "Mount it here, or correct its path in the registry (--without-catalog-files on web processes)."
        return Finding(subject, f"no files at {entry.path}", is_bad=True, advice=advice)
    try:
        card = CatalogCard.model_validate_json(await blobs.read(card_key(entry.id)))
    except UnknownBlobError:
        advice = f"Workers write it within half a minute of starting; if none does, their log says why. {_MORE}"
        return Finding(subject, "no worker has opened it yet: it has no card", is_bad=True, advice=advice)
    except ValidationError:
        return Finding(
            subject, "its card is of another version", is_bad=True, advice="Let workers of this version start."
        )
    except Exception as error:  # whatever the file system of S3 raises; its text may hold keys
        return Finding(subject, f"its card cannot be read: {type(error).__name__}", is_bad=True, advice=_MORE)
    complaints = complaints_about(entry, card)
    if complaints:
        return Finding(subject, "; ".join(complaints), is_bad=True, advice=f"Correct entry or files. {_MORE}")
    margin = f"margin {card.margin_arcsec:g} arcsec" if entry.content is CatalogContent.OBJECTS else "redshifts"
    return Finding(subject, f"{card.n_rows:,} rows, {margin}")
