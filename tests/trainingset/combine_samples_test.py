"""Compilations of the real samples, from files to files, against published numbers."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest

from tests.shared_data import shared_data
from tests.trainingset.compilations import made_from_samples
from trainingset.order import TrainingSetFiles

DP1_ROWS = {
    "2DFGRS": 23,
    "2DFLENS": 16,
    "2MRS": 4,
    "3D-HST": 239,
    "6DFGS": 3,
    "ASTRODEEP": 1000,
    "ASTRODEEP-JWST": 167,
    "DESI": 1000,
    "ELAISS1OID": 0,
    "JADES": 632,
    "MOSDEF": 31,
    "VANDELS": 496,
    "VIMOS": 1000,
    "CANDELS": 1000,
}
RUBIN_ROWS = dict.fromkeys(DP1_ROWS, 1000) | {
    "2MRS": 707,
    "3D-HST": 652,
    "ASTRODEEP-JWST": 742,
    "ELAISS1OID": 478,
    "JADES": 632,
    "MOSDEF": 400,
}
"""Rows within each footprint as published with the samples."""

Made = tuple[TrainingSetFiles, pa.Table]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All samples by the reference preset, with both footprints."""
    nodes = pyarrow.csv.read_csv(shared_data("specz", "rubin_footprint_dec_limit.csv"))
    limit = [{"ra": row["ra_center"], "dec": row["dec_limit"]} for row in nodes.to_pylist()]
    rubin = {"kind": "declination", "name": "rubin", "nodes": sorted(limit, key=lambda node: node["ra"])}
    return made_from_samples(
        tmp_path_factory.mktemp("reference"),
        preset="reference",
        footprints="dp1,rubin",
        named_footprints=[rubin],
        formats="parquet",
        responseformat="parquet",
    )


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All samples by the training preset."""
    return made_from_samples(tmp_path_factory.mktemp("training"), responseformat="parquet")


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All samples by the preset that keeps all rows."""
    return made_from_samples(tmp_path_factory.mktemp("complete"), preset="complete", responseformat="parquet")


def counts_of(rows: pa.Table, flag: str) -> dict[str, int]:
    counted = Counter(rows.filter(rows[flag])["survey"].to_pylist())
    return {survey: counted[survey] for survey in DP1_ROWS}


def test_the_reference_preset_gives_the_published_numbers(reference: Made) -> None:
    _, rows = reference

    assert Counter(rows["tie_result"].to_pylist()) == {0: 208, 1: 12854, 2: 142, 3: 274}
    assert rows.num_rows == 13478


def test_footprints_hold_the_published_numbers_of_each_survey(reference: Made) -> None:
    _, rows = reference

    assert counts_of(rows, "is_in_DP1_fields") == DP1_ROWS
    assert counts_of(rows, "is_in_rubin_footprint") == RUBIN_ROWS


@pytest.mark.parametrize(("ties", "kept"), [("remove_all", 12854), ("keep_all", 12996), ("draw_one", 12925)])
def test_removing_duplicates_keeps_the_published_numbers(ties: str, kept: int, tmp_path: Path) -> None:
    made, rows = made_from_samples(tmp_path, preset="reference", mode="remove", ties=ties, responseformat="parquet")

    assert (made.rows, rows.num_rows) == (kept, kept)


def test_the_provenance_tells_inputs_rules_and_stages(reference: Made) -> None:
    made, _ = reference
    record = made.provenance

    assert record["kind"] == "combine"
    assert len(record["inputs"]) == 14
    assert all(len(used["sha256"]) == 64 and {"ra", "dec", "z"} <= used["roles"].keys() for used in record["inputs"])
    assert sum(used["rows"] for used in record["inputs"]) == 13478
    assert {rules["survey"] for rules in record["survey_rules"]} >= DP1_ROWS.keys() - {"CANDELS"}
    assert all(rules["version"] >= 1 and not rules["is_given"] for rules in record["survey_rules"])
    assert [report["rows"] for report in record["input_reports"]] == [used["rows"] for used in record["inputs"]]
    assert [stage["stage"] for stage in record["stages"]] == ["inputs", "limits", "duplicates", "compilation"]
    assert record["rows"] == sum(record["rows_by_survey"].values()) == 13478
    assert any(citation["bibcode"] == "2001MNRAS.328.1039C" for citation in record["citations"])


def test_rows_come_by_place_on_the_sky_with_unique_keys(reference: Made) -> None:
    _, rows = reference

    assert pc.count_distinct(rows["redshift_key"]).as_py() == rows.num_rows
    assert rows.column_names[:2] == ["redshift_key", "id"]


def test_training_keeps_what_it_promises(training: Made) -> None:
    made, rows = training
    z, flag = rows["z"].to_numpy(), rows["z_flag_homogenized"].to_numpy()

    assert rows.num_rows == made.rows > 5000
    assert np.isfinite(z).all()
    assert (z > 0.001).all()
    assert set(flag) <= {3.0, 4.0}
    assert set(rows["instrument_type_homogenized"].to_pylist()) <= {"s", "g"}
    assert set(rows["tie_result"].to_pylist()) == {1}
    assert pc.count_distinct(rows["group_id"]).as_py() == rows.num_rows


def test_complete_keeps_every_row_without_sentinels(complete: Made) -> None:
    made, rows = complete
    z = rows["z"].to_numpy()

    assert rows.num_rows == made.rows == 13478
    assert not np.isin(z, [-99.0, -9.999, -9.0, 9.9999]).any()
    assert np.isnan(z).sum() > 364
    assert any("stand for no redshift" in note for note in made.notes)


def test_training_is_among_the_rows_of_complete(training: Made, complete: Made) -> None:
    kept, every = (set(made[1]["redshift_key"].to_pylist()) for made in (training, complete))

    assert kept < every
