"""Builders that state what matters in a test and default the rest."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.profile import TableProfile
from trainingset.registry import CatalogCard, CatalogEntry, FluxKind

BANDS = ("g", "r", "i")


def a_column(name: str, datatype: ColumnType = ColumnType.FLOAT64, **texts: str) -> ColumnDescription:
    return ColumnDescription(name=name, datatype=datatype, **texts)


def an_entry(**changes: Any) -> CatalogEntry:
    """A catalog like LSST's Object, with two flux kinds in three bands."""
    values: dict[str, Any] = {
        "id": "mock.object",
        "title": "Mock objects",
        "release": "DP1",
        "path": "/nowhere",
        "ra_column": "coord_ra",
        "dec_column": "coord_dec",
        "object_id_column": "objectId",
        "bands": BANDS,
        "fluxes": {
            "gaap1p0": FluxKind(
                flux="{band}_gaap1p0Flux", error="{band}_gaap1p0FluxErr", flags=("{band}_gaapFlux_flag",)
            ),
            "psf": FluxKind(flux="{band}_psfFlux", error="{band}_psfFluxErr"),
        },
        "reference_band": "i",
        "default_radius_arcsec": 0.75,
        "default_columns": ("tract", "refExtendedness"),
        "groups": {"shapes": ("shape_xx", "shape_yy"), "blending": ("{band}_blendedness",)},
    }
    return CatalogEntry(**(values | changes))


def a_card(entry: CatalogEntry | None = None, **changes: Any) -> CatalogCard:
    """The card of a catalog that has every column its entry names."""
    entry = an_entry() if entry is None else entry
    names = [column for kind in entry.fluxes for band in entry.bands for column in entry.flux_columns(kind, band)[:2]]
    flags = [flag for kind in entry.fluxes for band in entry.bands for flag in entry.flux_columns(kind, band)[2]]
    names += entry.expand(entry.default_columns)
    names += [name for group in entry.groups.values() for name in entry.expand(group)]
    columns = [
        a_column(entry.object_id_column, ColumnType.INT64),
        a_column(entry.ra_column),
        a_column(entry.dec_column),
    ]
    columns += [a_column(name) for name in dict.fromkeys(names)]
    columns += [a_column(flag, ColumnType.BOOLEAN) for flag in dict.fromkeys(flags)]
    values: dict[str, Any] = {
        "entry": entry,
        "columns": tuple(columns),
        "n_rows": 1000,
        "n_partitions": 4,
        "margin_arcsec": 5.0,
        "coverage_order": 3,
        "coverage_pixels": (100, 101),
        "fingerprint": "0" * 64,
    }
    return CatalogCard(**(values | changes))


def a_profile(**changes: Any) -> TableProfile:
    """The profile of a table without anything wrong, in the middle of `a_card`'s sky."""
    values: dict[str, Any] = {
        "name": "mine",
        "table_format": "csv",
        "n_rows": 10,
        "columns": (
            a_column("ra"),
            a_column("dec"),
            a_column("z"),
            a_column("flag", ColumnType.INT16),
            a_column("survey", ColumnType.STRING),
        ),
        "roles": {"ra": "ra", "dec": "dec", "z": "z", "survey": "survey"},
        "coverage_order": 4,
        "coverage_pixels": (400, 405),
    }
    return TableProfile(**(values | changes))


def a_table(
    columns: Mapping[str, Any] | None = None, *, metadata: Mapping[str, dict[str, str]] | None = None
) -> pa.Table:
    """A table of redshifts as the readers leave it; `columns` replace or add to four sound rows."""
    values: dict[str, Any] = {
        "ra": [53.1, 53.2, 53.3, 53.4],
        "dec": [-28.1, -28.2, -28.3, -28.4],
        "z": [0.1, 0.2, 0.3, 0.4],
    }
    values |= columns or {}
    arrays = {name: column if isinstance(column, pa.Array) else pa.array(column) for name, column in values.items()}
    fields = [pa.field(name, array.type, metadata=(metadata or {}).get(name)) for name, array in arrays.items()]
    return pa.table(list(arrays.values()), schema=pa.schema(fields, metadata={"table_format": "csv"}))
