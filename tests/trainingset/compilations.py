"""Compilations made in tests: small surveys around hard places of the sky, and all real samples."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lsdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tests.shared_data import shared_data
from trainingset.checksum import sha256_of
from trainingset.combine import make_compilation
from trainingset.combine_recipe import CombineRecipe
from trainingset.order import InputFile, Order, TrainingSetFiles

__all__ = [
    "ROLES",
    "SAMPLES",
    "a_combine_recipe",
    "made_compilation",
    "made_from_samples",
    "measured",
    "sample_files",
    "write_hats",
]

SAMPLES = {
    "2DFGRS": "2dfgrs_final_release_random_sample",
    "2DFLENS": "2dflens_final_release_random_sample",
    "2MRS": "2mrs_v240_random_sample",
    "3D-HST": "3dhst_v4.1.5_random_sample",
    "6DFGS": "6dfgs_dr3_random_sample",
    "ASTRODEEP": "astrodeep-gs43_random_sample",
    "ASTRODEEP-JWST": "astrodeep_jwst_random_sample",
    "DESI": "desi_dr1_in_lsst_dp1_fields_random_sample",
    "ELAISS1OID": "elaiss1oid",
    "JADES": "jades_dr3_random_sample",
    "MOSDEF": "mosdef_final_release_random_sample",
    "VANDELS": "vandels_dr4_random_sample",
    "VIMOS": "vlt_vimos_v2.0.1_random_sample",
    "CANDELS": "z_cat_CANDELS_clean_sitcomtn-154_random_sample",
}
"""Files of the real samples by survey, without their suffix."""

ROLES = {"ra": "ra", "dec": "dec", "z": "z", "quality_flag": "flag", "id": "name", "survey": "survey"}
"""Columns of `measured` by role."""


def measured(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """A table of measurements as readers leave it; what rows do not tell is an ordinary galaxy."""
    values = [
        {"name": f"n{number}", "ra": 10.0, "dec": -30.0, "z": 0.5, "flag": 4, "survey": "VVDS", "number": number} | row
        for number, row in enumerate(rows)
    ]
    schema = pa.schema(
        [
            ("name", pa.string()),
            ("ra", pa.float64()),
            ("dec", pa.float64()),
            ("z", pa.float64()),
            ("flag", pa.int64()),
            ("survey", pa.string()),
            ("number", pa.int64()),
        ]
    )
    return pa.Table.from_pylist(values, schema=schema)


def a_combine_recipe(*sources: str, **fields: Any) -> CombineRecipe:
    """A recipe whose inputs are tables as `measured` makes them."""
    inputs = [{"source": source, "roles": ROLES} for source in sources or ("a",)]
    return CombineRecipe.model_validate({"inputs": inputs, **fields})


def made_compilation(folder: Path, tables: dict[str, Path], **request: Any) -> TrainingSetFiles:
    """Make a compilation of files by the names of their inputs."""
    inputs = {
        name: InputFile(name=path.name, path=str(path), sha256=sha256_of(path), size=path.stat().st_size)
        for name, path in tables.items()
    }
    asked = {"kind": "combine", "inputs": list(tables), **request}
    footprints = request.pop("named_footprints", ())
    asked.pop("named_footprints", None)
    folder.mkdir(parents=True, exist_ok=True)
    return make_compilation(
        Order(request=asked, catalogs=(), inputs=inputs, folder=str(folder), footprints=tuple(footprints))
    )


def write_hats(table: pa.Table, folder: Path, *, partition_rows: int = 4) -> None:
    """Write a table as a HATS catalog of several partitions."""
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    most = table.num_rows
    for rows in (partition_rows, most):
        try:
            catalog = lsdb.from_dataframe(
                frame,
                ra_column="ra",
                dec_column="dec",
                highest_order=7,
                partition_rows=rows,
                margin_threshold=None,
                schema=table.schema,
            )
            break
        except ValueError:
            # More rows at one place than a partition may hold.
            continue
    catalog.write_catalog(folder, catalog_name="c", as_collection=False, progress_bar=False)


def sample_files() -> dict[str, Path]:
    """The real samples by the name of an input."""
    return {f"input{number}": shared_data("specz", f"{file}.parquet") for number, file in enumerate(SAMPLES.values())}


def made_from_samples(folder: Path, **request: Any) -> tuple[TrainingSetFiles, pa.Table]:
    """Make a compilation of all real samples without telling anything of them; with its rows."""
    made = made_compilation(folder, sample_files(), **request)
    return made, pq.read_table(folder / "compilation.parquet")
