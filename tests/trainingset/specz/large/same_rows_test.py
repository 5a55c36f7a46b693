"""A compilation made tile by tile has exactly the rows of one made in memory."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dask
import lsdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix, vertices
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainingset.compilations import ROLES, a_combine_recipe, measured
from trainingset.combine import combine_tables
from trainingset.combine_recipe import CombineInput, CombineRecipe, Mode, Preset
from trainingset.errors import RecipeError
from trainingset.specz.footprint import DP1
from trainingset.specz.large.compilation import LargeCompilation, combine_at_scale
from trainingset.specz.large.source import LargeInput
from trainingset.specz.survey_book import SurveyBook
from trainingset.tables import read_catalog

BORDER_ORDER = 10
"""HEALPix order at which tiles are cut."""
STEPS_ARCSEC = (-2.31, -1.13, -0.46, -0.21, 0.0, 0.37, 0.73)
"""No two differ by a match radius: rounding decides nothing."""
SURVEYS = ("VVDS", "ZCOSMOS", "PRIMUS", "OZDES", "2DFGRS")


def corner(ra: float, dec: float) -> tuple[float, float]:
    """Corner of tiles near a place."""
    pixel = lonlat_to_healpix(Longitude([ra], "deg"), Latitude([dec], "deg"), BORDER_ORDER)
    lon, lat = vertices(pixel, BORDER_ORDER)
    return float(lon.deg[0, 0]), float(lat.deg[0, 0])


PLACES = (
    (0.0, 0.0),
    (0.0, 89.99999),
    (123.0, -89.99999),
    (45.0, 41.8103),
    (359.99999, -45.0),
    corner(53.1, -28.1),
    corner(0.0, 30.0),
    corner(200.0, 89.9),
)


@st.composite
def skies(draw: st.DrawFn) -> pa.Table:
    """Rows crowded on corners of tiles, at the poles and where right ascension begins, some with one id."""
    rows = []
    places = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=5, unique=True))
    for number in range(draw(st.integers(2, 24))):
        ra, dec = draw(st.sampled_from(places))
        east, north = (draw(st.sampled_from(STEPS_ARCSEC)) / 3600 for _ in range(2))
        rows.append(
            {
                "name": draw(st.sampled_from(["same", f"n{number}", f"n{number}", None])),
                "ra": (ra + east / np.cos(np.radians(dec))) % 360,
                "dec": float(np.clip(dec + north, -90, 90)),
                "z": draw(st.sampled_from([0.5, 0.5, 0.5005, 0.52, 1.2, -9.999, 0.0])),
                "flag": draw(st.sampled_from([0, 1, 2, 3, 3, 4, 4, 6, 9, 77])),
                "survey": draw(st.sampled_from(SURVEYS)),
                "number": number,
            }
        )
    return measured(rows)


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


def at_scale(inputs: list[LargeInput], recipe: CombineRecipe, folder: Path, **others: Any) -> LargeCompilation:
    return combine_at_scale(inputs, recipe.resolved(), SurveyBook.of(), folder=folder, tile_rows=3, **others)


def an_input(name: str) -> CombineInput:
    return CombineInput(source=name, roles=ROLES)


def assert_same(catalog: pa.Table, upload: pa.Table, recipe: CombineRecipe, folder: Path) -> None:
    """Both scales give the same: rows in their order, columns, reports and counts, or the same complaint."""
    write_hats(catalog, folder / "hats")
    address = str(folder / "hats")
    inputs = [
        LargeInput.of_catalog(an_input("a"), address, name="a"),
        LargeInput.of_table(an_input("b"), upload, name="b"),
    ]
    try:
        expected = combine_tables({"a": read_catalog(address, name="a"), "b": upload}, recipe, footprints=[DP1])
    except RecipeError as error:
        with pytest.raises(RecipeError) as found:
            at_scale(inputs, recipe, folder / "work", footprints=[DP1])
        assert [p.message for p in found.value.problems] == [p.message for p in error.problems]
        return
    result = at_scale(inputs, recipe, folder / "work", footprints=[DP1] if recipe.footprints else [])
    rows = pa.concat_tables([expected.table.schema.empty_table(), *result.tables()])
    assert result.schema.equals(expected.table.schema, check_metadata=True)
    assert rows.to_pylist() == expected.table.to_pylist()
    assert result.counts == expected.counts
    assert result.reports == expected.reports


@pytest.fixture(autouse=True)
def in_one_thread() -> Iterator[None]:
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.mark.parametrize("preset", Preset)
@settings(max_examples=6, deadline=None)
@given(catalog=skies(), upload=skies(), fields=st.fixed_dictionaries(
    {
        "mode": st.sampled_from(Mode),
        "ties": st.sampled_from(["remove_all", "keep_all", "draw_one"]),
        "z_from": st.sampled_from(["best", "mean"]),
        "extra_columns": st.just(("number",)),
    }
))  # fmt: skip
def test_both_scales_give_the_same_rows(
    preset: Preset, catalog: pa.Table, upload: pa.Table, fields: dict[str, Any]
) -> None:
    recipe = a_combine_recipe("a", "b", preset=preset, repeats="allow", **fields)
    with TemporaryDirectory() as folder:
        assert_same(catalog, upload, recipe, Path(folder))
