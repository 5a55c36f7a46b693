"""A compilation made tile by tile has exactly the rows of one made in memory."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dask
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix, vertices
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainingset.compilations import ROLES, a_combine_recipe, measured, write_hats
from trainingset.combine import combine_tables
from trainingset.combine_recipe import CombineInput, CombineRecipe, Mode, Preset
from trainingset.compiled import Compiled
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


def at_scale(inputs: list[LargeInput], recipe: CombineRecipe, folder: Path, **others: Any) -> LargeCompilation:
    return combine_at_scale(inputs, recipe.resolved(), SurveyBook.of(), folder=folder, tile_rows=3, **others)


def an_input(name: str) -> CombineInput:
    return CombineInput(source=name, roles=ROLES)


def in_memory(tables: dict[str, pa.Table], recipe: CombineRecipe) -> tuple[Compiled | None, list[str]]:
    """The compilation, or what is wrong with it."""
    try:
        return combine_tables(tables, recipe), []
    except RecipeError as error:
        return None, [problem.message for problem in error.problems]


def assert_same(catalog: pa.Table, upload: pa.Table, recipe: CombineRecipe, folder: Path) -> None:
    """Both scales give the same: rows in their order, columns, reports and counts, or the same complaint."""
    write_hats(catalog, folder / "hats")
    address = str(folder / "hats")
    inputs = [
        LargeInput.of_catalog(an_input("a"), address, name="a"),
        LargeInput.of_table(an_input("b"), upload, name="b"),
    ]
    expected, complaints = in_memory({"a": read_catalog(address, name="a"), "b": upload}, recipe)
    if expected is None:
        with pytest.raises(RecipeError) as found:
            at_scale(inputs, recipe, folder / "work")
        assert [problem.message for problem in found.value.problems] == complaints
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
@settings(max_examples=4, deadline=None)
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


def test_a_chain_may_cross_partitions_at_a_corner_of_three_base_cells(tmp_path: Path) -> None:
    ra, dec = corner(45.0, 41.8103)
    rows = [{"ra": ra + step * 0.4 / 3600, "dec": dec, "z": 0.5, "number": step} for step in range(-6, 7)]
    far = [{"ra": 10.0 * step, "dec": -50.0, "number": 100 + step} for step in range(36)]
    write_hats(measured([*rows, *far]), tmp_path / "hats")
    one = LargeInput.of_catalog(an_input("a"), str(tmp_path / "hats"), name="a")

    result = at_scale([one], a_combine_recipe("a", preset="reference", extra_columns=("number",)), tmp_path / "work")

    assert len(one.parts) > 4
    table = pa.concat_tables(result.tables())
    chain = table.filter(pa.array([number < 50 for number in table["number"].to_pylist()]))
    assert len(set(chain["group_id"].to_pylist())) == 1
    assert set(chain["n_measurements"].to_pylist()) == {13}
    assert result.counts.groups == 1


@pytest.mark.parametrize("fields", [{"footprints": ("dp1",)}, {"maxrec": 7}], ids=["footprints", "maxrec"])
def test_flags_of_footprints_and_maxrec_are_as_in_memory(fields: dict[str, Any], tmp_path: Path) -> None:
    catalog = measured(
        [{"ra": 53.13 + step / 7, "dec": -28.1, "number": step, "name": f"a{step}"} for step in range(12)]
    )
    upload = measured([{"ra": 53.13 + step / 3, "dec": -28.1, "number": step, "name": f"b{step}"} for step in range(8)])

    assert_same(catalog, upload, a_combine_recipe("a", "b", preset="complete", **fields), tmp_path)


def test_what_a_column_means_is_decided_from_all_its_partitions(tmp_path: Path) -> None:
    # Flags between 0 and 1 are probabilities; only one partition holds one that tells it.
    rows = [{"ra": 20.0 * step, "dec": 5.0, "flag": step % 2, "survey": None, "number": step} for step in range(16)]
    table = measured(rows)
    flags = pa.array([0.95, *(float(step % 2) for step in range(1, 16))])
    table = table.set_column(table.schema.get_field_index("flag"), "flag", flags)

    assert_same(table, table, a_combine_recipe("a", "b", preset="complete"), tmp_path)


def test_it_runs_on_a_cluster_of_dask(tmp_path: Path) -> None:
    from distributed import Client

    table = measured([{"ra": 20.0 * (step % 9), "dec": 5.0, "number": step} for step in range(18)])
    with (
        dask.config.set(scheduler=None),
        Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None),
    ):
        assert_same(table, table, a_combine_recipe("a", "b", preset="training", repeats="allow"), tmp_path)


def test_problems_of_all_inputs_are_told_at_once(tmp_path: Path) -> None:
    bad = measured([{"ra": 10.0 * step, "dec": 1.0, "survey": "NOBODY"} for step in range(3)])
    inputs = [LargeInput.of_table(an_input(name), bad, name=name) for name in ("a", "b")]

    with pytest.raises(RecipeError) as found:
        at_scale(inputs, a_combine_recipe("a", "b"), tmp_path / "work")

    assert [problem.message.split(":")[0] for problem in found.value.problems] == ["input 1, a", "input 2, b"]
