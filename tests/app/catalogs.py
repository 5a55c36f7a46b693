"""Object catalogs for tests of the web process: a registry file and the cards that a worker would have left."""

from pathlib import Path

import yaml

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.registry import CatalogCard, CatalogEntry, FluxKind

__all__ = ["OPEN_CATALOG", "RESTRICTED_CATALOG", "a_card", "an_entry", "write_registry"]

OPEN_CATALOG = "mock.object"
RESTRICTED_CATALOG = "dp2.object"
_BANDS = ("g", "r", "i")


def an_entry(catalog_id: str = OPEN_CATALOG, *, required_right: str | None = None) -> CatalogEntry:
    """An object catalog with three bands."""
    return CatalogEntry(
        id=catalog_id,
        title="Mock Object catalog",
        description="Invented.",
        release="mock",
        path="object",
        ra_column="coord_ra",
        dec_column="coord_dec",
        object_id_column="objectId",
        bands=_BANDS,
        fluxes={"gaap1p0": FluxKind(flux="{band}_gaap1p0Flux", error="{band}_gaap1p0FluxErr")},
        reference_band="i",
        default_columns=("ebv",),
        groups={"shapes": ("{band}_ixx", "{band}_iyy")},
        required_right=required_right,
    )


def a_card(entry: CatalogEntry | None = None, *, margin_arcsec: float | None = 5.0) -> CatalogCard:
    """The card of such a catalog."""
    entry = entry if entry is not None else an_entry()
    degrees = {"datatype": ColumnType.FLOAT64, "unit": "deg"}
    columns = [
        ColumnDescription(
            name="objectId", datatype=ColumnType.INT64, ucd="meta.id;meta.main", description="Identifier of the object"
        ),
        ColumnDescription(name="coord_ra", ucd="pos.eq.ra;meta.main", **degrees),
        ColumnDescription(name="coord_dec", ucd="pos.eq.dec;meta.main", **degrees),
        ColumnDescription(name="ebv", datatype=ColumnType.FLOAT32, unit="mag", description="E(B-V)"),
    ]
    for band in _BANDS:
        columns += [
            ColumnDescription(name=f"{band}_gaap1p0Flux{kind}", datatype=ColumnType.FLOAT32, unit="nJy")
            for kind in ("", "Err")
        ]
        columns += [ColumnDescription(name=f"{band}_{kind}", datatype=ColumnType.FLOAT32) for kind in ("ixx", "iyy")]
    return CatalogCard(
        entry=entry,
        columns=tuple(columns),
        n_rows=1000,
        n_partitions=2,
        margin_arcsec=margin_arcsec,
        coverage_order=2,
        coverage_pixels=tuple(range(100)),
        fingerprint="f" * 64,
    )


def write_registry(path: Path, *entries: CatalogEntry) -> None:
    """Write a registry file of these catalogs."""
    catalogs = [entry.model_dump(mode="json", exclude_defaults=True) for entry in entries]
    path.write_text(yaml.safe_dump({"catalogs": catalogs}), encoding="utf-8")
