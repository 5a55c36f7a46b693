"""``tsm reproduce``: a training set again from its record alone, and what differs if it is not the same."""

import dataclasses
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tsm
from service.stack import Stack
from tests.clients.cli.shell import Shell
from tests.pz.fake_server import FakePzServer
from tests.system.sky_files import CATALOG, write_redshifts
from trainingset.checksum import sha256_of
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def changed(made: Path, target: Path, **fields: Any) -> Path:
    """The record of a training set with other values in it."""
    record = json.loads(made.with_name("set.provenance.json").read_text())
    target.write_text(json.dumps(record | fields))
    return target


def test_the_same_rows_come_from_the_record_and_the_upload_that_is_still_there(signed_in: Shell, made: Path) -> None:
    run = signed_in("reproduce", made, "--json")
    assert run.code == 0, run.err
    record = json.loads(made.with_name("set.provenance.json").read_text())
    assert run.document["is_same"] is True
    assert run.document["found_checksum"] == record["row_checksum"]
    assert run.document["job_id"] != record["facts"]["job_id"]


def test_rows_that_differ_have_an_exit_code_and_their_causes_are_named(
    signed_in: Shell, made: Path, tmp_path: Path
) -> None:
    original = json.loads(made.with_name("set.provenance.json").read_text())
    path = changed(
        made,
        tmp_path / "other.json",
        row_checksum="sha256:" + "0" * 64,
        rows=1_000_000,
        software={**original["software"], "numpy": "1.0"},
        catalogs=[{**original["catalogs"][0], "fingerprint": "abc"}],
    )
    run = signed_in("reproduce", path)
    assert run.code == 9
    for cause in ("counts rows: 1000000", "software numpy: 1.0", f"catalog {CATALOG} fingerprint: abc"):
        assert cause in run.out


def test_another_seed_gives_other_rows(signed_in: Shell, made: Path, tmp_path: Path) -> None:
    recipe = json.loads(made.with_name("set.provenance.json").read_text())["recipe"]
    outcome = signed_in("reproduce", changed(made, tmp_path / "seed.json", recipe=recipe | {"seed": 2}), "--json")
    assert (outcome.code, outcome.document["is_same"]) == (9, False)
    # The job of the record is still there, so its rows are compared.
    rows = outcome.document["rows"]
    assert (rows["only_recorded"], rows["only_found"]) == (0, 0)
    assert {"subset"} <= {column["column"] for column in rows["columns"]} <= {"subset", "is_training_set"}
    assert all(1 <= len(column["examples"]) <= 5 for column in rows["columns"])


def test_an_input_that_the_service_no_longer_has_is_asked_for_and_taken_by_its_checksum(
    signed_in: Shell, made: Path, table: Path, mock_sky: MockSky, tmp_path: Path
) -> None:
    inputs = json.loads(made.with_name("set.provenance.json").read_text())["inputs"]
    unseen = write_redshifts(mock_sky, tmp_path / "gone.vot", n_rows=30)
    checksum = sha256_of(unseen)
    gone = changed(made, tmp_path / "gone.json", inputs=[{**inputs[0], "name": "gone.vot", "sha256": checksum}])
    missing = signed_in("reproduce", gone)
    assert missing.code == 8
    assert "--input gone.vot=FILE" in missing.err
    wrong = signed_in("reproduce", gone, "--input", f"gone.vot={table}")
    assert wrong.code == 8
    assert checksum in wrong.err
    assert signed_in("reproduce", gone, "--input", f"what={table}").code == 8
    # It is taken, and the rows are those of 30 redshifts and not of the record.
    assert signed_in("reproduce", gone, "--input", f"gone.vot={unseen}").code == 9


def test_a_file_that_is_given_makes_the_same_rows(signed_in: Shell, made: Path, table: Path, tmp_path: Path) -> None:
    copy = shutil.copy(table, tmp_path / "a-copy")
    assert signed_in("reproduce", made, "--input", f"{table.name}={copy}").code == 0


def test_the_library_does_the_same(stack: Stack, made: Path) -> None:
    with tsm.TrainingSetMaker(stack.url, stack.connection.token) as maker:
        outcome = tsm.reproduce(tsm.TrainingSet.open(made), maker=maker)
    assert outcome.is_same
    assert "the same" in str(outcome)


@pytest.mark.parametrize("pair", ["a", "=b", "a="])
def test_an_input_that_is_no_pair_is_wrong_usage(stranger: Shell, made: Path, pair: str) -> None:
    assert stranger("reproduce", made, "--input", pair).code == 2


def test_a_file_without_a_record_is_told(stranger: Shell, table: Path, tmp_path: Path) -> None:
    assert stranger("reproduce", shutil.copy(table, tmp_path / "bare.vot")).code == 8
    (tmp_path / "half.json").write_text('{"kind": "crossmatch"}')
    assert stranger("reproduce", tmp_path / "half.json").code == 8


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema_version": 7}, "is of version 7"),
        ({"kind": "query"}, "plain query"),
        ({"recipe": {"catalog": "mock_object"}}, "recipe.redshifts"),
        ({"inputs": []}, "nothing is told of"),
        ({"rows": "many"}, "rows"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_a_record_that_was_edited_or_is_of_the_future_is_one_clear_error(
    signed_in: Shell, made: Path, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    run = signed_in("reproduce", changed(made, tmp_path / "edited.json", **change))
    assert run.code == 8
    assert told in run.err
    assert len(run.err.strip().splitlines()) <= 2


def test_a_truncated_record_is_one_clear_error(signed_in: Shell, made: Path, tmp_path: Path) -> None:
    text = made.with_name("set.provenance.json").read_bytes()
    (tmp_path / "cut.json").write_bytes(text[: len(text) // 2])
    run = signed_in("reproduce", tmp_path / "cut.json")
    assert run.code == 8
    assert "cannot be understood" in run.err


@pytest.mark.parametrize("source", ["catalog:not_for_you", "pz:1_not_for_you"])
def test_an_input_that_the_user_may_not_see_is_refused_by_its_name(
    signed_in: Shell, made: Path, tmp_path: Path, source: str
) -> None:
    record = json.loads(made.with_name("set.provenance.json").read_text())
    inputs, recipe = [record["inputs"][0] | {"source": source}], record["recipe"] | {"redshifts": source}
    run = signed_in("reproduce", changed(made, tmp_path / "unseen.json", inputs=inputs, recipe=recipe))
    assert run.code not in (0, 1, 9)
    assert "REDSHIFTS" in run.err


def test_a_product_of_a_pz_server_is_fetched_again_and_one_that_changed_is_named(
    pz: FakePzServer, stack: Stack, mock_sky: MockSky, tmp_path: Path
) -> None:
    rows = pq.read_table(write_redshifts(mock_sky, tmp_path / "product.parquet", n_rows=100))
    columns = {"ra": "RA", "dec": "Dec", "z": "z"}
    product = pz.add_product((tmp_path / "product.parquet").read_bytes(), filename="p.parquet", columns=columns)
    with tsm.TrainingSetMaker(stack.url, stack.connection.token) as maker:
        record = maker.crossmatch(f"pz:{product.id}", catalog=CATALOG, radius_arcsec=1.0).wait().provenance()
        assert tsm.reproduce(record, maker=maker).is_same
        sink = io.BytesIO()
        pq.write_table(rows.slice(0, 90), sink)
        product.files[0] = dataclasses.replace(product.files[0], content=sink.getvalue())
        outcome = tsm.reproduce(record, maker=maker)
    assert not outcome.is_same
    changes = {(item.what, item.name) for item in outcome.differences}
    assert {("input", "1 SHA-256"), ("input", "1 rows")} <= changes
    # The job of the record is still there, so its rows are compared as well.
    assert outcome.rows is not None
    assert outcome.rows.only_recorded > 0
    assert "rows were only recorded" in str(outcome)
