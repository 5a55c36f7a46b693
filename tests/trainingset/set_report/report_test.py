"""The quality report of a training set: its counts against plain counting, its page against hostile texts."""

from collections import Counter
from functools import reduce
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainingset.layout import BandLayout, TableLayout, layout_metadata
from trainingset.set_report.figures import figures_of
from trainingset.set_report.report import MOST_SURVEYS, SetReport, set_report
from trainingset.set_report.tally import Groups, SetTally, tally_batch

LAYOUT = TableLayout(
    ra="ra",
    dec="dec",
    redshift="redshift",
    object_id="objectId",
    bands={band: BandLayout(magnitude=f"{band}_mag", magnitude_error="", state=f"{band}_state") for band in "gr"},
)
GROUPS = Groups("survey", "subset", ("VVDS", "DEEP2"))


def rows_of(n_rows: int, *, seed: int = 1, surveys: tuple[str, ...] = ("VVDS", "DEEP2", "zCOSMOS")) -> pa.Table:
    """Rows of a training set in which every column has nulls."""
    rng = np.random.default_rng(seed)

    def holey(values: np.ndarray) -> pa.Array:
        kind = pa.string() if values.dtype == object else pa.from_numpy_dtype(values.dtype)
        return pa.array(values, kind, mask=rng.random(n_rows) < 0.2)

    return pa.table(
        {
            "ra": rng.uniform(0, 360, n_rows),
            "dec": rng.uniform(-90, 90, n_rows),
            "redshift": holey(rng.uniform(0, 7, n_rows)),
            "survey": holey(np.asarray(rng.choice(surveys, n_rows), object)),
            "objectId": holey(rng.integers(1, 99, n_rows)),
            "subset": holey(np.asarray(rng.choice(["train", "test"], n_rows), object)),
            "g_mag": holey(rng.uniform(12, 31, n_rows)),
            "r_mag": holey(rng.uniform(12, 31, n_rows)),
            **{
                f"{band}_state": pa.array(rng.choice(["detected", "not_detected", "not_observed"], n_rows), pa.string())
                for band in "gr"
            },
            "separation_arcsec": holey(rng.uniform(0, 1, n_rows)),
            "delta_ra_arcsec": holey(rng.normal(0, 0.3, n_rows)),
            "delta_dec_arcsec": holey(rng.normal(0, 0.3, n_rows)),
            "n_within_radius": holey(rng.integers(0, 4, n_rows)),
            "n_redshifts": holey(rng.integers(0, 3, n_rows)),
            "z_conflict": holey(rng.random(n_rows) < 0.3),
        }
    )


def report_of(rows: pa.Table, folder: Path) -> SetReport:
    path = folder / "training_set.parquet"
    pq.write_table(rows.replace_schema_metadata(layout_metadata(LAYOUT)), path, row_group_size=max(len(rows) // 3, 1))
    return set_report(path, survey="survey", subset="subset", title="Quality <b>&")


def texts(page: str) -> str:
    """Words of a page, which must be well-formed."""
    return " ".join(ET.fromstring(page.removeprefix("<!DOCTYPE html>\n")).itertext())


def test_every_count_is_that_of_plain_counting(tmp_path: Path) -> None:
    rows = rows_of(500)
    report, frame = report_of(rows, tmp_path), rows.to_pandas()
    tally = report.tally
    survey, subset = frame["survey"].fillna("unknown"), frame["subset"].fillna("none")
    assert tally.rows == 500
    assert tally.kinds == Counter(zip(survey, subset, strict=True))
    assert tally.facts == {
        "without_redshift": frame["redshift"].isna().sum(),
        "matched": frame["objectId"].notna().sum(),
        "ambiguous": (frame["n_within_radius"] > 1).sum(),
        "several_redshifts": (frame["n_redshifts"] > 1).sum(),
        "z_conflict": (frame["z_conflict"] == True).sum(),  # noqa: E712  nulls are no conflicts
    }
    assert tally.states == Counter((band, state) for band in "gr" for state in frame[f"{band}_state"])
    assert tally.nulls == Counter(frame.isna().sum().to_dict())
    assert tally.sky.sum() == 500
    values = {
        "Redshifts": frame["redshift"],
        "Magnitudes, g band": frame["g_mag"],
        "Colors, g - r": frame["g_mag"] - frame["r_mag"],
        "Separations": frame["separation_arcsec"],
        "Offsets to the north": frame["delta_dec_arcsec"],
    }
    places = {figure.title: place for place, figure in enumerate(report.figures)}
    for title, column in values.items():
        edges = report.figures[places[title]].edges
        for kind, names in (("survey", survey), ("subset", subset)):
            for name in names.unique():
                expected = np.histogram(column[names == name].dropna(), edges)[0]
                assert tally.bins[places[title], kind, name].tolist() == expected.tolist(), (title, name)
        known = column.dropna()
        assert tally.outside[places[title]] == ((known < edges[0]) | (known > edges[-1])).sum()


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 60), max_size=4), order=st.randoms(use_true_random=False), seed=st.integers(0, 99))
def test_counts_of_parts_in_any_order_are_those_of_the_whole(cuts: list[int], order: object, seed: int) -> None:
    rows = rows_of(60, seed=seed)
    figures = figures_of(LAYOUT, rows.column_names, radius_arcsec=1)
    borders = sorted({0, 60, *cuts})
    parts = [rows.slice(a, b - a) for a, b in pairwise(borders)]
    order.shuffle(parts)  # type: ignore[attr-defined]  # a random.Random
    whole = tally_batch(rows, LAYOUT, GROUPS, figures)
    added = reduce(SetTally.__add__, (tally_batch(part, LAYOUT, GROUPS, figures) for part in parts), SetTally())
    for name in ("rows", "kinds", "facts", "states", "nulls", "outside"):
        assert getattr(added, name) == getattr(whole, name), name
    assert added.sky.tolist() == whole.sky.tolist()
    assert {key: c.tolist() for key, c in added.bins.items()} == {key: c.tolist() for key, c in whole.bins.items()}


@pytest.mark.parametrize("n_rows", [0, 1])
def test_small_sets_have_a_report(n_rows: int, tmp_path: Path) -> None:
    report = report_of(rows_of(n_rows), tmp_path)
    assert report.tally.rows == n_rows
    assert f"{n_rows} rows of {n_rows} surveys" in texts(report.page)


def test_a_set_without_any_magnitude_has_a_report(tmp_path: Path) -> None:
    rows = rows_of(50)
    for name in ("g_mag", "r_mag"):
        rows = rows.set_column(rows.column_names.index(name), name, pa.nulls(50, pa.float64()))
    report = report_of(rows, tmp_path)
    place = next(place for place, figure in enumerate(report.figures) if figure.title == "Magnitudes, g band")
    assert sum(counts.sum() for (at, _, _), counts in report.tally.bins.items() if at == place) == 0
    assert "Magnitudes, g band" in texts(report.page)


def test_fifty_surveys_are_all_listed_and_the_largest_drawn(tmp_path: Path) -> None:
    rows = rows_of(2000, surveys=tuple(f"survey {index:02}" for index in range(50)))
    words = texts(report_of(rows, tmp_path).page)
    assert all(f"survey {index:02}" in words for index in range(50))
    assert "other surveys" in words


def test_a_name_for_each_row_is_counted_with_the_others_and_large_surveys_by_name(tmp_path: Path) -> None:
    rows = rows_of(6000)
    names = [f"object {index}" if index % 4 else "VVDS" for index in range(6000)]
    np.random.default_rng(5).shuffle(names)
    report = report_of(rows.set_column(rows.column_names.index("survey"), "survey", [names]), tmp_path)
    surveys: Counter[str] = Counter()
    for (survey, _), n_rows in report.tally.kinds.items():
        surveys[survey] += n_rows
    assert len(surveys) <= MOST_SURVEYS + 1
    assert surveys["VVDS"] == 1500
    assert surveys.total() == 6000
    assert f"6000 rows of more than {len(surveys) - 1} surveys" in texts(report.page)


def test_redshifts_a_little_below_zero_are_drawn_apart_from_those_at_zero(tmp_path: Path) -> None:
    rows = rows_of(3)
    rows = rows.set_column(rows.column_names.index("redshift"), "redshift", [pa.array([-0.001, 0.0, 0.05])])
    tally = report_of(rows, tmp_path).tally
    drawn = [counts for (place, kind, _), counts in tally.bins.items() if (place, kind) == (0, "subset")]
    counts = np.sum(drawn, axis=0)
    assert (counts[0], counts[1], tally.outside[0]) == (1, 2, 0)


def test_hostile_names_are_words(tmp_path: Path) -> None:
    page = report_of(rows_of(60, surveys=("<script>alert(1)</script>", "\x00\x1b]", '"onload=x')), tmp_path).page
    assert "<script" not in page
    assert "<script>alert(1)</script>" in texts(page)
    assert "http" not in page


def test_a_table_that_is_no_training_set_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(ValueError, match=r"other\.parquet was not made as a training set"):
        set_report(path, survey=None, title="x")
