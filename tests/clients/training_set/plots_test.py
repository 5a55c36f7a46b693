"""Plots: their data equal an independent reckoning, their axes have units, and they are readable in gray."""

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.table import Table
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch

from tsm import plots
from tsm.errors import MissingExtraError
from tsm.plots.separations import expected_by_chance
from tsm.plots.source import NotPlottableError
from tsm.sets.training_set import TrainingSet

HOSTILE = [r"$\frac{", "_hidden", "<script>", "a\nb", "x" * 200, "{}"]


@pytest.fixture(scope="module")
def frame(rows: pa.Table) -> pd.DataFrame:
    return rows.to_pandas()


def drawn(figure: Figure) -> bytes:
    """The figure as a notebook shows it: drawing finds what is wrong with it."""
    picture: bytes = figure._repr_png_()  # type: ignore[attr-defined]
    assert picture.startswith(b"\x89PNG")
    return picture


def steps_of(axis: Axes) -> list[StepPatch]:
    return [patch for patch in axis.patches if isinstance(patch, StepPatch)]


def lines_of(axis: Axes) -> dict[str, StepPatch]:
    """Outlines by the name of their group."""
    return {str(patch.get_label()).rpartition(" (")[0]: patch for patch in steps_of(axis)[1:]}


def counts_of(patch: StepPatch, values: Any) -> np.ndarray:
    return np.histogram(values[np.isfinite(values)], patch.get_data().edges)[0]


def luminance(color: object) -> float:
    return float(np.dot(to_rgb(color), [0.2126, 0.7152, 0.0722]))  # type: ignore[arg-type]


def test_redshifts_are_counted_by_survey(ts: TrainingSet, frame: pd.DataFrame) -> None:
    axis, _ = ts.plot.redshift_distribution().axes
    lines = lines_of(axis)
    assert set(lines) == set(frame["survey"])
    for survey, patch in lines.items():
        expected = counts_of(patch, frame.loc[frame["survey"] == survey, "redshift"].to_numpy())
        np.testing.assert_array_equal(patch.get_data().values, expected)
        assert expected.sum() == (frame["survey"] == survey).sum()
    assert axis.get_xlabel() == "Redshift"
    assert axis.get_ylabel().startswith("Rows per ")


def test_redshifts_of_subsets_have_unit_area(ts: TrainingSet, frame: pd.DataFrame) -> None:
    _, axis = ts.plot.redshift_distribution(bins=np.linspace(-0.1, 7, 30)).axes
    for subset, patch in lines_of(axis).items():
        z = frame.loc[frame["subset"] == subset, "redshift"].to_numpy()
        values, edges, _ = patch.get_data()
        np.testing.assert_allclose(values, np.histogram(z, edges, density=True)[0])
        assert (values * np.diff(edges)).sum() == pytest.approx(1)
    assert axis.get_ylabel() == "Normalized n(z)"


def test_magnitudes_have_a_panel_for_each_band(ts: TrainingSet, frame: pd.DataFrame) -> None:
    axes = ts.plot.magnitude_distribution().axes
    assert [axis.get_xlabel() for axis in axes] == [f"{band}_gaap1p0Mag [mag]" for band in "ugrizy"]
    for band, axis in zip("ugrizy", axes, strict=True):
        for subset, patch in lines_of(axis).items():
            values = frame.loc[frame["subset"] == subset, f"{band}_gaap1p0Mag"].to_numpy()
            np.testing.assert_array_equal(patch.get_data().values, counts_of(patch, values))
            assert patch.get_data().values.sum() == np.isfinite(values).sum()


def test_colors_are_those_of_neighboring_bands(ts: TrainingSet, frame: pd.DataFrame) -> None:
    axes = ts.plot.color_distribution().axes
    assert axes[1].get_xlabel() == "g − r (gaap1p0) [mag]"
    color = (frame["g_gaap1p0Mag"] - frame["r_gaap1p0Mag"]).to_numpy()
    everything = steps_of(axes[1])[0]
    np.testing.assert_array_equal(everything.get_data().values, counts_of(everything, color))
    outside = np.isfinite(color).sum() - everything.get_data().values.sum()
    assert axes[1].get_title(loc="right") == f"{int(outside):,} outside"


def test_the_kind_of_magnitudes_can_be_chosen() -> None:
    table = {"i_psfMag": [20.0, 21.0], "i_cModelMag": [19.0, 18.0], "i_cModelMag_dered": [18.5, 17.5]}
    assert plots.magnitude_distribution(table).axes[0].get_xlabel() == "i_psfMag [mag]"
    assert plots.magnitude_distribution(table, kind="cModel").axes[0].get_xlabel() == "i_cModelMag_dered [mag]"
    with pytest.raises(NotPlottableError, match="'gaap'"):
        plots.magnitude_distribution(table, kind="gaap")


def test_separations_are_counted_up_to_the_radius(ts: TrainingSet, frame: pd.DataFrame) -> None:
    axis = ts.plot.separations().axes[0]
    pairs, chance = steps_of(axis)
    values = frame["separation_arcsec"].to_numpy()
    np.testing.assert_array_equal(pairs.get_data().values, counts_of(pairs, values))
    assert pairs.get_data().values.sum() == np.isfinite(values).sum()
    assert axis.get_xlabel() == "Separation of redshift and object [arcsec]"
    assert chance.get_linestyle() != pairs.get_linestyle()
    assert any("1.5 arcsec" in str(line.get_label()) for line in axis.lines)


def test_the_curve_of_chance_is_what_random_objects_make() -> None:
    rng = np.random.default_rng(3)
    density, radius, tries = 0.05, 1.5, 40_000
    distance = np.sqrt(-np.log(rng.uniform(size=tries)) / (np.pi * density))
    near = distance[distance < radius]
    edges = np.linspace(0, radius, 16)
    expected = expected_by_chance(near, -np.expm1(-np.pi * density * near**2), edges, unmatched=tries - len(near))
    found = np.histogram(near, edges)[0]
    assert np.abs(found - expected).max() < 5 * np.sqrt(expected.max())
    assert expected.sum() == pytest.approx(len(near), rel=0.05)


def test_without_densities_there_is_no_curve() -> None:
    axis = plots.separations({"separation_arcsec": [0.1, 0.2]}).axes[0]
    assert len(steps_of(axis)) == 1


def test_offsets_are_drawn_by_survey(ts: TrainingSet, frame: pd.DataFrame) -> None:
    axes = ts.plot.astrometric_offsets().axes
    assert {axis.get_title().rpartition(" (")[0] for axis in axes} == set(frame["survey"])
    for axis in axes:
        survey = axis.get_title().rpartition(" (")[0]
        offsets = frame.loc[frame["survey"] == survey, ["delta_ra_arcsec", "delta_dec_arcsec"]].dropna().to_numpy()
        (points,) = [each for each in axis.collections if isinstance(each, PathCollection)]
        np.testing.assert_allclose(points.get_offsets(), offsets)
        assert f"{np.median(offsets[:, 0]):+.3f}" in axis.texts[0].get_text()
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("Δα cos δ [arcsec]", "Δδ [arcsec]")
        assert axis.xaxis_inverted()


def test_missing_bands_are_shares_by_survey(ts: TrainingSet, frame: pd.DataFrame) -> None:
    figure = ts.plot.missing_bands()
    matched = frame[frame["objectId"].notna()]
    for axis in figure.axes:
        rows = matched[matched["survey"] == axis.get_title().rpartition(" (")[0]]
        bars = [patch for patch in axis.patches if isinstance(patch, Rectangle)]
        for number, state in enumerate(("detected", "not_detected", "not_observed")):
            expected = [100 * (rows[f"{band}_state"] == state).mean() for band in "ugrizy"]
            assert [bar.get_height() for bar in bars[6 * number : 6 * number + 6]] == pytest.approx(expected)
        assert axis.get_ylabel() == "Objects [%]"
        assert len({bar.get_hatch() for bar in bars}) == 3
        shades = sorted(luminance(bar.get_facecolor()[:3]) for bar in bars[::6])
        assert np.diff(shades).min() > 0.15


def test_a_few_fields_are_shown_one_by_one(ts: TrainingSet, frame: pd.DataFrame) -> None:
    axes = ts.plot.sky_map().axes
    assert len(axes) == 3
    assert {axis.name for axis in axes} == {"rectilinear"}
    drawn_rows = sum(len(points.get_offsets()) for axis in axes for points in axis.collections)
    assert drawn_rows == len(frame)
    for axis in axes:
        points = np.concatenate([each.get_offsets() for each in axis.collections])
        assert axis.get_aspect() == pytest.approx(1 / np.cos(np.radians(points[:, 1].mean())), rel=0.01)
        assert axis.xaxis_inverted()
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("Right ascension [deg]", "Declination [deg]")


def test_a_field_at_right_ascension_zero_is_in_one_piece() -> None:
    (axis,) = plots.sky_map({"ra": [359.9, 0.1, 0.2], "dec": [0.0, 0.1, 0.2]}).axes
    points = np.concatenate([each.get_offsets() for each in axis.collections])
    assert np.ptp(points[:, 0]) == pytest.approx(0.3)
    assert axis.xaxis.get_major_formatter()(-0.1, 0) == "359.9"


@pytest.mark.parametrize("n_rows", [500, 40_000])
def test_the_whole_sky_is_in_mollweides_projection(n_rows: int) -> None:
    rng = np.random.default_rng(1)
    table = {"ra": rng.uniform(0, 360, n_rows), "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, n_rows)))}
    figure = plots.sky_map(table)
    axis = figure.axes[0]
    assert axis.name == "mollweide"
    (shown,) = axis.collections
    if n_rows == 500:
        expected = np.radians(np.stack([-((table["ra"] + 180) % 360 - 180), table["dec"]], axis=-1))
        np.testing.assert_allclose(shown.get_offsets(), expected)
    else:
        assert np.ma.filled(shown.get_array(), 0).sum() == n_rows
    drawn(figure)


def test_many_rows_of_a_field_are_counted() -> None:
    rng = np.random.default_rng(1)
    figure = plots.sky_map({"ra": rng.normal(53, 0.2, 40_000), "dec": rng.normal(-28, 0.2, 40_000)})
    assert figure.axes[0].collections[0].get_array().sum() == 40_000


@pytest.mark.parametrize("panel", [0, 1])
def test_groups_differ_without_color(ts: TrainingSet, panel: int) -> None:
    axis = ts.plot.redshift_distribution().axes[panel]
    dashes = [str(patch.get_linestyle()) for patch in lines_of(axis).values()]
    assert len(set(dashes)) == len(dashes) > 1
    markers = [points.get_paths()[0].vertices.tobytes() for points in ts.plot.sky_map().axes[0].collections]
    assert len(set(markers)) == len(markers)


@pytest.mark.parametrize("name", plots.__all__)
def test_every_plot_draws_hostile_names(name: str) -> None:
    n_rows = 60
    rng = np.random.default_rng(0)
    table: dict[str, Any] = {
        "survey": np.array(HOSTILE * 10),
        "subset": np.array(HOSTILE * 10),
        "redshift": rng.uniform(0, 1, n_rows),
        "ra": rng.uniform(0, 1, n_rows),
        "dec": rng.uniform(0, 1, n_rows),
        "separation_arcsec": rng.uniform(0, 1, n_rows),
        "chance_probability": rng.uniform(0, 0.1, n_rows),
        "delta_ra_arcsec": rng.normal(0, 1, n_rows),
        "delta_dec_arcsec": rng.normal(0, 1, n_rows),
        "g_$a$Mag": rng.uniform(20, 22, n_rows),
        "g_psfMag": rng.uniform(20, 22, n_rows),
        "r_psfMag": rng.uniform(20, 22, n_rows),
        "r_state": np.array(["detected", "not_detected", "not_observed"] * 20),
        "z": rng.uniform(0, 1, n_rows),
        "z_flag_homogenized": rng.integers(0, 5, n_rows).astype(float),
        "instrument_type_homogenized": np.array(["s", "g", "p"] * 20),
        "group_id": np.arange(n_rows) // 2,
        "tie_result": rng.integers(0, 3, n_rows).astype(np.int8),
        "resolved_by": np.array(HOSTILE * 10),
    }
    figure = getattr(plots, name)(table)
    drawn(figure)
    legends = [axis.get_legend() for axis in figure.axes if axis.get_legend()] + figure.legends
    texts = [text.get_text() for legend in legends for text in legend.get_texts()]
    assert all("\n" not in text and len(text) < 60 for text in texts)


def test_more_surveys_than_can_be_told_apart_are_drawn_together() -> None:
    names = [f"S{number}" for number in range(9) for _ in range(20 - number)]
    axis = plots.redshift_distribution({"survey": names, "redshift": np.linspace(0, 1, len(names))}).axes[0]
    assert list(lines_of(axis)) == ["S0", "S1", "S2", "S3", "S4", "others"]
    assert lines_of(axis)["others"].get_data().values.sum() == 15 + 14 + 13 + 12


def test_any_table_with_our_columns_is_plotted(ts: TrainingSet) -> None:
    expected = steps_of(ts.plot.redshift_distribution().axes[0])[0].get_data().values
    table: Table = ts.table
    for other in (ts.to_arrow(), ts.to_pandas(), ts.to_arrow().to_pandas(), table, dict(table.columns)):
        found = steps_of(plots.redshift_distribution(other).axes[0])[0].get_data().values
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("redshift_distribution", {"z": [1.0]}, "no column 'redshift'"),
        ("redshift_distribution", {"redshift": [np.nan]}, "no finite value of redshift"),
        ("redshift_distribution", 7, "int is no table"),
        ("color_distribution", {"i_psfMag": [20.0]}, "two bands"),
        ("sky_map", {"redshift": [1.0]}, "no positions"),
        ("sky_map", {"ra": [np.nan], "dec": [1.0]}, "no row has a finite position"),
        ("separations", {"separation_arcsec": [np.nan]}, "no finite value"),
        ("astrometric_offsets", {"delta_ra_arcsec": [np.nan], "delta_dec_arcsec": [0.0]}, "no pair"),
        ("missing_bands", {"redshift": [1.0]}, "no states"),
    ],
)
def test_what_cannot_be_plotted_is_refused_in_a_sentence(name: str, table: object, message: str) -> None:
    with pytest.raises(NotPlottableError, match=message):
        getattr(plots, name)(table)


def test_one_redshift_alone_is_plotted() -> None:
    drawn(plots.redshift_distribution({"redshift": [0.5]}))


def test_without_matplotlib_its_extra_is_named(ts: TrainingSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r'pip install "pz-tsm\[plots\]"'):
        ts.plot.sky_map()


def test_plotting_needs_neither_pyplot_nor_a_display() -> None:
    script = (
        "import sys; from tsm import plots; assert 'matplotlib' not in sys.modules;"
        "plots.redshift_distribution({'redshift': [0.1, 0.2]})._repr_png_();"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
