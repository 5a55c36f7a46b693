"""The provenance record is deterministic and survives its file."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from pydantic import ValidationError

from trainingset.provenance import (
    CatalogUsed,
    InputUsed,
    OutputMade,
    Provenance,
    StageCount,
    read_provenance,
    software_versions,
    write_provenance,
)
from trainingset.recipe import CrossmatchRecipe


def a_record(**changes: object) -> Provenance:
    recipe = CrossmatchRecipe(catalog="mock.object", redshifts="mine", radius_arcsec=0.75)
    content: dict[str, object] = {
        "request": {"redshifts": "mine", "catalog": "mock.object"},
        "recipe": recipe.model_dump(mode="json"),
        "seed": 0,
        "inputs": (InputUsed(source="mine", name="Núñez.fits", sha256="ab" * 32, size=2880, rows=100),),
        "catalogs": (
            CatalogUsed(
                id="mock.object",
                release="mock",
                path="mock",
                fingerprint="cd" * 32,
                rows=300_000,
                margin_arcsec=5.0,
            ),
        ),
        "stages": (StageCount(stage="match", rows_in=100, rows_out=80, details={"pairs": 81}),),
        "rows": 80,
        "rows_by_survey": {"VVDS": 30, "DESI": 50},
        "row_checksum": "sha256:" + "ef" * 32,
        "outputs": (OutputMade(id="result", filename="result.vot", mime_type="x", size=1, sha256="01" * 32),),
        "software": dict(software_versions()),
        "facts": {"run_id": "mine", "job_id": "7"},
    }
    return Provenance.model_validate(content | changes)


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"

    write_provenance(a_record(), path)

    assert read_provenance(path) == a_record()
    assert "Núñez.fits" in path.read_text(encoding="utf-8")


def test_equal_records_are_equal_bytes_whatever_the_order_of_their_making() -> None:
    other = a_record(rows_by_survey={"DESI": 50, "VVDS": 30}, facts={"job_id": "7", "run_id": "mine"})

    assert other.to_json() == a_record().to_json()


def test_the_recipe_of_a_record_is_a_recipe_again() -> None:
    stored = json.loads(a_record().to_json())["recipe"]

    assert CrossmatchRecipe.model_validate(stored).radius_arcsec == 0.75


def test_versions_are_those_that_are_installed() -> None:
    versions = software_versions()

    assert versions["numpy"] == version("numpy")
    assert versions["pz-trainingset"] == version("pz-trainingset")
    assert versions["python"] == ".".join(str(part) for part in sys.version_info[:3])


def test_a_record_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"
    path.write_text(a_record().to_json().replace('"schema_version": 1', '"schema_version": 2'), encoding="utf-8")

    with pytest.raises(ValidationError, match="schema_version"):
        read_provenance(path)
