"""Figures of a compilation: what is drawn equals an independent reckoning of its rows, and is readable in gray."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.patches import StepPatch

import tsm
from tests.clients.training_set.plots_test import drawn, luminance
from trainingset.provenance import Provenance
from tsm import plots
from tsm.plots.source import NotPlottableError
from tsm.sets.compilation import Compilation

SURVEYS = ("ALPHA", "BETA", "GAMMA")
TYPES = {"s": "spectroscopic", "g": "grism or prism", "p": "photometric", None: "unknown type"}
FLAGS = {4.0: "4 very secure", 3.0: "3 probable", 0.0: "0 none", 6.0: "6 star", np.nan: "no flag"}
N_ROWS = 600


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Marked rows: 200 galaxies that were measured two times, 200 that were measured once; one in ten is a star."""
    rng = np.random.default_rng(11)
    groups = np.concatenate([np.repeat(np.arange(200), 2), np.arange(200, 400)])
    z = rng.uniform(0.1, 1.9, 400)[groups] + rng.normal(0, 0.003, N_ROWS)
    z[rng.choice(N_ROWS, 30, replace=False)] += 0.8
    z[:7] = np.nan
    flags = rng.choice(list(FLAGS), N_ROWS, p=[0.4, 0.3, 0.1, 0.1, 0.1])
    flags[groups % 10 == 0] = 6.0
    return pd.DataFrame(
        {
            "survey": rng.choice(SURVEYS, N_ROWS, p=[0.5, 0.3, 0.2]),
            "ra": rng.uniform(0, 360, 400)[groups],
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, 400)))[groups],
            "z": z,
            "z_flag_homogenized": flags,
            "instrument_type_homogenized": rng.choice(np.array(list(TYPES), object), N_ROWS),
            "group_id": groups,
            "tie_result": rng.choice(np.array([0, 1, 2, 3], np.int8), N_ROWS),
            "resolved_by": rng.choice(["only", "quality_flag", "tie"], N_ROWS),
        }
    )


@pytest.fixture(scope="module")
def compilation(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Compilation:
    """The rows to use alone, as MODE=remove leaves them, with the numbers of all beside them."""
    from trainingset.specz.report.numbers import compilation_numbers

    folder = tmp_path_factory.mktemp("compilation")
    numbers = compilation_numbers(pa.Table.from_pandas(rows, preserve_index=False), ())
    (folder / "mine.report.json").write_text(numbers.model_dump_json())
    pq.write_table(pa.Table.from_pandas(rows[rows["tie_result"] == 1]), folder / "mine.parquet")
    record = Provenance(
        kind="combine", request={}, recipe={}, seed=0, inputs=(), stages=(), rows=1, row_checksum="", software={}
    )
    return Compilation(folder / "mine.parquet", record)


def bars_of(axis: Axes) -> dict[str, np.ndarray]:
    """Lengths of horizontal bars by label."""
    found = [bars for bars in axis.containers if isinstance(bars, BarContainer)]
    return {str(bars.get_label()): np.array([bar.get_width() for bar in bars]) for bars in found}


def lines_of(axis: Axes) -> list[str]:
    return [label.get_text() for label in axis.get_yticklabels()]


def test_rows_are_counted_by_survey_type_and_flag(compilation: Compilation, rows: pd.DataFrame) -> None:
    counts, by_type, by_flag = compilation.plot.counts().axes

    n_rows = rows["survey"].value_counts().loc[list(SURVEYS)].to_numpy()
    assert lines_of(counts) == list(SURVEYS)
    np.testing.assert_array_equal(bars_of(counts)["all rows"], n_rows)
    used = rows[rows["tie_result"] == 1]["survey"].value_counts().loc[list(SURVEYS)]
    np.testing.assert_array_equal(bars_of(counts)["rows to use"], used)
    for axis, column, names in (
        (by_type, "instrument_type_homogenized", TYPES),
        (by_flag, "z_flag_homogenized", FLAGS),
    ):
        shares = bars_of(axis)
        assert set(shares) == set(names.values())
        for value, name in names.items():
            is_one = rows[column].isna() if pd.isna(value) else rows[column] == value
            expected = [100 * (is_one & (rows["survey"] == survey)).sum() for survey in SURVEYS] / n_rows
            np.testing.assert_allclose(shares[name], expected)


def test_redshifts_are_counted_by_type_without_stars_and_by_survey(
    compilation: Compilation, rows: pd.DataFrame
) -> None:
    by_type, by_survey = compilation.plot.redshifts().axes
    galaxies = rows[rows["z_flag_homogenized"] != 6]

    for axis, kept, column, names in (
        (by_type, galaxies, "instrument_type_homogenized", TYPES),
        (by_survey, rows, "survey", {name: name for name in SURVEYS}),
    ):
        steps = {str(p.get_label()).rpartition(" (")[0]: p for p in axis.patches if isinstance(p, StepPatch)}
        assert set(steps) == set(names.values())
        for value, name in names.items():
            values, edges, baseline = steps[name].get_data()
            mine = kept[kept[column].isna() if value is None else kept[column] == value]["z"].dropna()
            expected = np.histogram(mine.clip(upper=edges[-1] - 1e-9), edges)[0]
            below = np.zeros(len(expected)) if baseline is None else baseline
            np.testing.assert_array_equal(values - below, expected)
            assert expected.sum() == len(mine)


def test_every_row_lies_in_its_pixel_of_the_sky(compilation: Compilation, rows: pd.DataFrame) -> None:
    figure = compilation.plot.sky()
    axis = figure.axes[0]

    assert axis.name == "mollweide"
    (pixels,) = [each for each in axis.collections if isinstance(each, PolyCollection)]
    outlines = [np.asarray(path.vertices, np.float64) for path in pixels.get_paths()]
    centers = np.array([outline[:-1].mean(axis=0) for outline in outlines])
    counts = np.asarray(pixels.get_array())
    whole = np.abs(centers[:, 0]) <= np.pi
    assert counts[whole].sum() >= N_ROWS
    drawn_at = -np.radians((rows["ra"] + 180) % 360 - 180)
    for longitude, dec in zip(drawn_at[:100], np.radians(rows["dec"][:100]), strict=True):
        if abs(dec) < 1.0:
            apart = np.hypot((centers[:, 0] - longitude) * np.cos(dec), centers[:, 1] - dec)
            assert apart.min() < np.radians(1.8)
    assert "3.4 square degrees" in figure.axes[1].get_ylabel()


def test_repeated_measurements_are_counted_by_size_result_and_reason(
    compilation: Compilation, rows: pd.DataFrame
) -> None:
    sizes, ties, reasons = compilation.plot.repeats().axes

    def told(axis: Axes) -> dict[str, float]:
        (widths,) = bars_of(axis).values()
        return dict(zip(lines_of(axis), widths, strict=True))

    galaxies = rows[rows["z_flag_homogenized"] != 6]
    expected = galaxies.groupby("group_id").size().value_counts()
    assert told(sizes) == {str(size): count for size, count in expected.items()}
    assert {name[0]: count for name, count in told(ties).items()} == {
        str(value): count for value, count in rows["tie_result"].value_counts().items()
    }
    assert told(reasons) == rows["resolved_by"].value_counts().to_dict()


def test_agreement_is_that_of_all_two_measurements_of_a_galaxy(compilation: Compilation, rows: pd.DataFrame) -> None:
    found: dict[str, list[float]] = {}
    known = rows[rows["z"].notna() & (rows["z_flag_homogenized"] != 6)]
    for _, group in known.groupby("group_id"):
        for one, other in combinations(group.sort_values("survey", kind="stable").itertuples(), 2):
            difference = (one.z - other.z) / (1 + (one.z + other.z) / 2)
            found.setdefault(f"{one.survey} – {other.survey}", []).append(difference)

    bias, shares, pairs = compilation.plot.agreement().axes

    names = lines_of(bias)
    assert set(names) == set(found)
    differences = [np.array(found[name]) for name in names]
    # Which measurement of one survey comes first says nothing, so there is no bias.
    is_same = [len(set(name.split(" – "))) == 1 for name in names]
    medians = [0.0 if same else np.median(each) for same, each in zip(is_same, differences, strict=True)]
    (drawn_bias,) = [each for each in bias.containers if isinstance(each, ErrorbarContainer)]
    points, _, (arms,) = drawn_bias.lines
    np.testing.assert_allclose(np.asarray(points.get_xdata(), np.float64), medians)
    scatter = [1.4826 * np.median(np.abs(each - middle)) for each, middle in zip(differences, medians, strict=True)]
    np.testing.assert_allclose([np.ptp(segment[:, 0]) / 2 for segment in arms.get_segments()], scatter)
    for line, limit in zip(shares.lines, (0.005, 0.15), strict=True):
        expected = np.array([100 * np.mean(np.abs(each) > limit) for each in differences])
        np.testing.assert_allclose(np.asarray(line.get_xdata(), np.float64), expected)
    (widths,) = bars_of(pairs).values()
    np.testing.assert_array_equal(widths, [len(found[name]) for name in names])


def test_parts_of_a_bar_differ_without_color(compilation: Compilation) -> None:
    for axis in compilation.plot.counts().axes[1:]:
        looks = [
            (round(luminance(bars[0].get_facecolor()[:3]), 1), bars[0].get_hatch())
            for bars in axis.containers
            if isinstance(bars, BarContainer)
        ]
        assert len(set(looks)) == len(looks)


def test_all_figures_are_saved_at_once_and_replace_nothing(compilation: Compilation, tmp_path: Path) -> None:
    paths = compilation.plot.save(tmp_path / "figures", suffix=".pdf")

    assert list(paths) == ["counts", "redshifts", "sky", "repeats", "agreement"]
    assert all(path.read_bytes().startswith(b"%PDF") for path in paths.values())
    with pytest.raises(tsm.TargetExistsError):
        compilation.plot.save(tmp_path / "figures", suffix=".pdf")
    with pytest.raises(ValueError, match=r"\.pdf, \.png, \.svg"):
        compilation.plot.save(tmp_path, suffix=".xlsx")


def test_rows_without_marks_have_no_figures_of_repeats(rows: pd.DataFrame) -> None:
    concatenated = rows.drop(columns=["group_id", "tie_result", "resolved_by"])

    drawn(plots.compilation_counts(concatenated))
    with pytest.raises(NotPlottableError, match="not looked for"):
        plots.compilation_repeats(concatenated)
    with pytest.raises(NotPlottableError, match="no galaxy has two redshifts"):
        plots.compilation_agreement(concatenated)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"ra": [1.0], "dec": [1.0], "z": [0.5]}, "no column 'survey', 'z_flag_homogenized'"),
        (7, "int is no table"),
    ],
)
def test_what_is_no_compilation_is_refused_in_a_sentence(table: Any, message: str) -> None:
    with pytest.raises(NotPlottableError, match=message):
        plots.compilation_counts(table)


def test_more_surveys_than_have_room_share_a_line(rows: pd.DataFrame) -> None:
    many = rows.assign(survey=[f"S{number % 60:02d}" for number in range(N_ROWS)])

    figure = plots.compilation_counts(many)

    names = lines_of(figure.axes[0])
    assert (len(names), names[-1]) == (40, "21 others")
    assert bars_of(figure.axes[0])["all rows"].sum() == N_ROWS
    drawn(plots.compilation_redshifts(many))


def test_numbers_that_are_none_are_refused(compilation: Compilation, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    broken = Compilation(compilation.path, compilation.provenance, numbers_path=tmp_path / "x.json")

    with pytest.raises(tsm.NotATrainingSetError, match=r"x\.json"):
        broken.plot.counts()
