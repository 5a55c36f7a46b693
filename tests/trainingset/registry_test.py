"""The registry: what an entry may say, and a file that operators edit while the service runs."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.trainingset.builders import an_entry
from trainingset.registry import CatalogEntry, RegistryError
from trainingset.registry_file import RegistryFile

ENTRY = """\
  - id: {id}
    title: A catalog
    release: r1
    path: here
    ra_column: ra
    dec_column: dec
    object_id_column: id
"""


def redshifts(**changes: Any) -> CatalogEntry:
    fields = dict.fromkeys(("title", "release", "path", "ra_column", "dec_column", "object_id_column"), "x")
    return CatalogEntry.model_validate({"id": "specz", "content": "redshifts", **fields, **changes})


def test_redshifts_need_no_photometry():
    entry = redshifts(surveys=["VVDS"])

    assert (entry.bands, entry.fluxes, entry.surveys) == ((), {}, ("VVDS",))


@pytest.mark.parametrize(
    "photometry",
    [{"bands": ["g"]}, {"ebv_column": "ebv"}, {"is_dereddened": True}, {"zero_points": {"values": {}, "source": "x"}}],
)
def test_photometry_of_redshifts_is_a_mistake(photometry: dict[str, Any]):
    with pytest.raises(ValidationError, match=f"content: redshifts, which has no {next(iter(photometry))}"):
        redshifts(**photometry)


def test_surveys_of_objects_are_a_mistake():
    with pytest.raises(ValidationError, match="content: objects, which has no surveys"):
        CatalogEntry.model_validate({**an_entry().model_dump(), "surveys": ["VVDS"]})


@pytest.mark.parametrize("entry", [an_entry(), redshifts(surveys=["VVDS"])], ids=["objects", "redshifts"])
def test_an_entry_survives_json(entry: CatalogEntry):
    assert CatalogEntry.model_validate_json(entry.model_dump_json()) == entry


def test_a_changed_file_is_read_again(tmp_path: Path):
    path = tmp_path / "registry.yaml"
    path.write_text("catalogs:\n" + ENTRY.format(id="one"))
    file = RegistryFile(path, on_fault=pytest.fail)
    before = file.read()
    path.write_text("catalogs:\n" + ENTRY.format(id="one") + ENTRY.format(id="two"))

    assert [entry.id for entry in before] == ["one"]
    assert [entry.id for entry in file.read()] == ["one", "two"]


def test_an_unchanged_file_is_not_parsed_again(tmp_path: Path):
    path = tmp_path / "registry.yaml"
    path.write_text("catalogs: []")
    file = RegistryFile(path, on_fault=pytest.fail)

    assert file.read() is file.read()


@pytest.mark.parametrize("slip", ["catalogs: [", None], ids=["no YAML", "no file"])
def test_a_slip_is_told_once_and_leaves_the_last_good_content(tmp_path: Path, slip: str | None):
    path = tmp_path / "registry.yaml"
    path.write_text("catalogs:\n" + ENTRY.format(id="one"))
    told: list[RegistryError] = []
    file = RegistryFile(path, on_fault=told.append)
    file.read()
    path.unlink() if slip is None else path.write_text(slip)

    assert [entry.id for entry in file.read()] == [entry.id for entry in file.read()] == ["one"]
    assert len(told) == 1


def test_a_file_that_was_never_readable_is_an_error(tmp_path: Path):
    with pytest.raises(RegistryError, match="missing"):
        RegistryFile(tmp_path / "missing.yaml", on_fault=pytest.fail).read()
