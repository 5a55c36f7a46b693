"""The JSON Schema of provenance records that the docs publish."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.trainingset.provenance_test import a_record
from trainingset.provenance import Provenance

SCHEMA = Path(__file__).parents[2] / "docs" / "provenance.schema.json"


def test_the_published_schema_is_that_of_the_records(update_test_data: bool) -> None:
    schema = Provenance.model_json_schema(mode="serialization")
    text = json.dumps({"$schema": Draft202012Validator.META_SCHEMA["$id"], **schema}, indent=2, ensure_ascii=False)
    if update_test_data:
        SCHEMA.write_text(text + "\n", encoding="utf-8")

    assert SCHEMA.read_text(encoding="utf-8") == text + "\n"
    Draft202012Validator.check_schema(json.loads(text))


def test_a_record_is_valid_by_the_published_schema_and_an_edited_one_is_not() -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    record = json.loads(a_record().to_json())

    assert list(validator.iter_errors(record)) == []
    assert list(validator.iter_errors(record | {"schema_version": 2}))
    assert list(validator.iter_errors(record | {"unheard_of": 1}))
    assert list(validator.iter_errors({name: value for name, value in record.items() if name != "row_checksum"}))
