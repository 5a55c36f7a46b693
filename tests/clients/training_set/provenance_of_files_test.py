"""`tsm.provenance` reads the record of a file, and says clearly what is wrong with one."""

import json
from pathlib import Path

import pytest

import tsm
from tests.trainingset.provenance_test import a_record


def test_the_record_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"
    path.write_text(a_record().to_json(), encoding="utf-8")
    assert tsm.provenance(path) == a_record()


def test_wrong_types_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"
    path.write_text(json.dumps(a_record().model_dump(mode="json") | {"rows": "many", "seed": []}), encoding="utf-8")
    with pytest.raises(tsm.NotATrainingSetError, match=r"(?s)seed.*rows|rows.*seed"):
        tsm.provenance(path)
