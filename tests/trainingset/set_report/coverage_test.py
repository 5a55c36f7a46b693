"""The comparison of a training set with target objects, and the map of offsets, against plain counting."""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.trainingset.set_report.report_test import LAYOUT, rows_of
from trainingset.layout import layout_metadata
from trainingset.set_report.images import image_names, write_images
from trainingset.set_report.report import SetReport, set_report


def target_of(n_rows: int) -> pa.Table:
    rng = np.random.default_rng(4)
    magnitudes = {f"{band}_mag": rng.normal(22, 2, n_rows) for band in "gr"}
    return pa.table({name: pa.array(values, mask=rng.random(n_rows) < 0.1) for name, values in magnitudes.items()})


def report_of(rows: pa.Table, target: pa.Table | None, folder: Path) -> SetReport:
    path = folder / "training_set.parquet"
    pq.write_table(rows.replace_schema_metadata(layout_metadata(LAYOUT)), path, row_group_size=max(len(rows) // 3, 1))
    return set_report(path, survey="survey", subset="subset", title="Quality", target=target)


def page_of(report: SetReport) -> ET.Element:
    return ET.fromstring(report.page.removeprefix("<!DOCTYPE html>\n"))


def cells_of(table: pa.Table) -> dict[tuple[int, int], int]:
    """Rows by half magnitude in r and fifth of a magnitude in color, counted one by one."""
    counts: dict[tuple[int, int], int] = {}
    for row in table.select(["g_mag", "r_mag"]).to_pylist():
        if None in row.values() or not (14 <= row["r_mag"] < 30 and -2 <= row["g_mag"] - row["r_mag"] < 4):
            continue
        cell = int((row["r_mag"] - 14) // 0.5), int((row["g_mag"] - row["r_mag"] + 2) // 0.2)
        counts[cell] = counts.get(cell, 0) + 1
    return counts


def test_rows_and_target_objects_are_counted_in_the_same_cells(tmp_path: Path) -> None:
    rows, target = rows_of(3000), target_of(2000)
    report = report_of(rows, target, tmp_path)
    (found,) = report.coverage
    for counts, table in ((found.rows, rows), (found.target, target)):
        expected = cells_of(table)
        assert {tuple(cell): int(counts[*cell]) for cell in np.argwhere(counts).tolist()} == expected
    seen, wanted = cells_of(rows), cells_of(target)
    covered = sum(count for cell, count in wanted.items() if seen.get(cell, 0) >= 5) / sum(wanted.values())
    assert found.covered_fraction(5) == pytest.approx(covered)
    cells = [[cell.text for cell in line] for line in page_of(report).iter("tr")]
    line = next(line for line in cells if line[0] == "Coverage of the target, g - r by r")
    assert line[1] == str(sum(wanted.values()))
    assert line[3] == f"{100 * covered:.1f} %"


def test_a_part_of_the_target_that_the_set_lacks_is_shown_as_such(tmp_path: Path) -> None:
    rows = rows_of(100)
    faint = pa.table({"g_mag": [29.4] * 7, "r_mag": [29.6] * 7})
    report = report_of(rows.slice(0, 0), faint, tmp_path)
    assert report.coverage[0].covered_fraction(1) == 0
    boxes = [box for box in page_of(report).iter("rect") if "7 target objects, 0 rows" in "".join(box.itertext())]
    assert [box.get("class") for box in boxes] == ["type-5"]


@pytest.mark.parametrize("target", [None, target_of(0)])
def test_a_set_without_target_objects_has_a_report(target: pa.Table | None, tmp_path: Path) -> None:
    report = report_of(rows_of(50), target, tmp_path)
    assert ("Coverage of the target objects" in "".join(page_of(report).itertext())) == (target is not None)


def test_offsets_are_mapped_in_two_dimensions(tmp_path: Path) -> None:
    rows = rows_of(2000)
    report = report_of(rows, None, tmp_path)
    east, north = (rows[name].to_numpy(zero_copy_only=False) for name in ("delta_ra_arcsec", "delta_dec_arcsec"))
    known = np.isfinite(east) & np.isfinite(north) & (np.abs(east) <= 1) & (np.abs(north) <= 1)
    assert report.tally.offsets.sum() == known.sum()
    # 40 cells of 0.05 arcsec from -1 to 1.
    inside = known & (east >= 0.1) & (east < 0.15) & (north >= -0.2) & (north < -0.15)
    assert report.tally.offsets[22, 16] == inside.sum() > 0


def test_every_figure_is_a_picture_in_the_archive_and_equal_ones_make_equal_archives(tmp_path: Path) -> None:
    rows = rows_of(300, surveys=("A $ name", "_hidden", "C"))
    report = report_of(rows, target_of(500), tmp_path)
    paths = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for path in paths:
        write_images(report, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(paths[0]) as archive:
        assert archive.namelist() == image_names(report)
        assert "01_redshifts.png" in archive.namelist()
        assert any("coverage_of_the_target_g_r_by_r" in name for name in archive.namelist())
        for name in archive.namelist():
            assert Image.open(io.BytesIO(archive.read(name))).size[0] > 600
    assert len(image_names(report)) == len(report.figures) + 2


def test_a_report_without_rows_has_pictures(tmp_path: Path) -> None:
    report = report_of(rows_of(0), target_of(0), tmp_path)
    write_images(report, tmp_path / "figures.zip")
    assert zipfile.is_zipfile(tmp_path / "figures.zip")
