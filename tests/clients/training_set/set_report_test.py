"""The quality report that the library saves of a training set that was really made."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tsm.errors import NotATrainingSetError, TargetExistsError
from tsm.sets.training_set import TrainingSet


def test_the_report_tells_what_the_rows_hold(ts: TrainingSet, rows: pa.Table, tmp_path: Path) -> None:
    path = ts.write_report(tmp_path / "report.html")
    page = ET.fromstring(path.read_text(encoding="utf-8").removeprefix("<!DOCTYPE html>\n"))
    cells = [[cell.text for cell in line] for line in page.iter("tr")]
    n_matched = rows.num_rows - rows["separation_arcsec"].null_count
    assert ["with an object", str(n_matched), f"{100 * n_matched / rows.num_rows:.1f} %"] in cells
    groups = rows.select(["survey", "subset"]).group_by(["survey", "subset"]).aggregate([([], "count_all")])
    for group in groups.to_pylist():
        assert [group["survey"], group["subset"] or "none", str(group["count_all"])] in cells
    for band in "ugrizy":
        found = [
            str(pc.sum(pc.equal(rows[f"{band}_state"], state)).as_py() or 0)
            for state in ("detected", "not_detected", "not_observed")
        ]
        assert [band, *found] in cells
    assert set(rows.column_names) <= {line[0] for line in cells}
    figures = [figure.get("aria-label", "") for figure in page.iter("svg")]
    assert {"Redshifts by survey", "Redshifts by subset", "Colors, u - g by survey", "Separations by subset"} <= set(
        figures
    )
    # The page has no link, script or image: nothing of it comes from elsewhere.
    assert not {element.tag for element in page.iter()} & {"script", "link", "img", "a", "iframe"}


def test_a_report_replaces_no_file_unasked(ts: TrainingSet, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("mine")
    with pytest.raises(TargetExistsError, match="overwrite=True"):
        ts.write_report(path)
    assert path.read_text() == "mine"
    assert ts.write_report(path, overwrite=True).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_rows_without_a_layout_have_no_report(ts: TrainingSet, rows: pa.Table, tmp_path: Path) -> None:
    path = tmp_path / "bare.parquet"
    pq.write_table(rows.replace_schema_metadata(None), path)
    with pytest.raises(NotATrainingSetError, match=r"bare\.parquet was not made as a training set"):
        TrainingSet(path, ts.provenance).write_report(tmp_path / "report.html")
