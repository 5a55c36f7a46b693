"""``tsm-service catalog add``, ``check`` and ``convert``, as operators call them."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from service.catalog_registry import entry_text, text_with_entry
from service.cli import cli
from tests.sky import entry_of
from tests.trainingset.damage import copy_of, lose_margin, truncate_file
from trainingset.mock.place import CATALOG_ID, COMPILATION_ID, MockSky
from trainingset.registry import Registry, RegistryError

# In one process: the mock sky is looked at again and again.
pytestmark = pytest.mark.xdist_group("catalogs")

WRITTEN = """\
# Ours.
catalogs:
  - id: other   # the old one
    title: Other
    release: R0
    path: elsewhere
    ra_column: ra
    dec_column: dec
    object_id_column: id

footprints: [{name: deep, kind: circles, circles: [{ra: 1, dec: 2, radius_deg: 3}]}]
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["catalog", *map(str, arguments)])


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "registry.yaml"
    path.write_text(WRITTEN)
    return path


def test_what_is_added_describes_the_catalog_as_its_makers_do(registry: Path, mock_sky: MockSky) -> None:
    added = run("add", mock_sky.collection, "--id", "mine", "--release", "R1", "--open", "--registry", registry)
    theirs, ours = entry_of(mock_sky), Registry.load(registry).get("mine")

    assert added.exit_code == 0, added.output
    assert ours is not None
    assert (ours.bands, ours.reference_band, ours.ebv_column) == (
        theirs.bands,
        theirs.reference_band,
        theirs.ebv_column,
    )
    assert (ours.ra_column, ours.dec_column, ours.object_id_column) == ("coord_ra", "coord_dec", "objectId")
    assert ours.fluxes == {name: kind.model_copy(update={"unit": "nJy"}) for name, kind in theirs.fluxes.items()}
    assert (ours.release, ours.required_right) == ("R1", None)
    assert run("check", "mine", "--registry", registry, "--quick").exit_code == 0


def test_what_was_written_before_stays_to_the_letter(registry: Path, mock_sky: MockSky) -> None:
    added = run(
        "add", mock_sky.compilation, "--id", "z", "--release", "1", "--required-right", "r", "--registry", registry
    )
    lines = added.output.splitlines(keepends=True)
    shown = "".join(line[1:] for line in lines if line.startswith("+") and not line.startswith("+++"))
    entry = Registry.load(registry).get("z")

    assert added.exit_code == 0, added.output
    assert registry.read_text().replace(shown, "") == WRITTEN
    assert entry is not None
    assert (entry.content, entry.required_right) == ("redshifts", "r")


def test_a_dry_run_shows_the_same_and_writes_nothing(registry: Path, mock_sky: MockSky) -> None:
    arguments = ("add", mock_sky.collection, "--id", "mine", "--release", "R1", "--open", "--registry", registry)
    dry = run(*arguments, "--dry-run")

    assert dry.exit_code == 0
    assert "+  - id: mine" in dry.output
    assert registry.read_text() == WRITTEN
    assert [path.name for path in registry.parent.iterdir() if not path.name.endswith(".lock")] == [registry.name]


@pytest.mark.parametrize(
    ("arguments", "told"), [(("--id", "other"), "other is registered already"), ((), "no terminal")]
)
def test_duplicates_and_unsaid_rights_are_refused(
    arguments: tuple[str, ...], told: str, registry: Path, mock_sky: MockSky
) -> None:
    rights = ("--open",) if arguments else ("--id", "mine")
    refused = run("add", mock_sky.collection, "--release", "R1", *arguments, *rights, "--registry", registry)

    assert refused.exit_code != 0
    assert told in refused.output
    assert registry.read_text() == WRITTEN


def test_the_same_folder_is_registered_once(mock_sky: MockSky, tmp_path: Path) -> None:
    path = shutil.copy(mock_sky.registry, tmp_path / "registry.yaml")
    text = Path(path).read_text().replace("path: ", f"path: {mock_sky.folder}/")
    Path(path).write_text(text)

    refused = run("add", mock_sky.collection, "--id", "again", "--release", "R1", "--open", "--registry", path)

    assert refused.exit_code == 1
    assert f"is registered already, as {CATALOG_ID}" in refused.output


def test_a_damaged_collection_is_not_added(registry: Path, mock_sky: MockSky, tmp_path: Path) -> None:
    copy = copy_of(mock_sky.collection, tmp_path)
    truncate_file(copy)

    refused = run("add", copy, "--id", "mine", "--release", "R1", "--open", "--registry", registry)

    assert refused.exit_code == 1
    assert "cannot be read" in refused.output
    assert registry.read_text() == WRITTEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "catalogs: []\n",
        "catalogs:\n",
        "# nothing\nfootprints: []",
        WRITTEN,
        WRITTEN.replace("  - ", "- ").replace("    ", "  "),
    ],
)
def test_an_entry_finds_its_place_in_any_registry(text: str, mock_sky: MockSky) -> None:
    before = yaml.safe_load(text) or {}
    added = yaml.safe_load(text_with_entry(text, entry_text(entry_of(mock_sky), "somewhere")))

    assert [entry["id"] for entry in added["catalogs"]] == [
        *(entry["id"] for entry in before.get("catalogs") or ()),
        CATALOG_ID,
    ]
    assert {**added, "catalogs": None} == {**before, "catalogs": None}


def test_catalogs_in_brackets_are_left_to_their_writer(mock_sky: MockSky) -> None:
    with pytest.raises(RegistryError, match="brackets"):
        text_with_entry("catalogs: [{id: a}]\n", entry_text(entry_of(mock_sky), "somewhere"))


def test_check_prints_json_for_scripts_and_exits_with_1_for_errors_alone(mock_sky: MockSky, tmp_path: Path) -> None:
    copy = copy_of(mock_sky.collection, tmp_path)
    lose_margin(copy)

    good = run("check", "--registry", mock_sky.registry, "--sample", 1, "--json")
    bad = run("check", copy, "--sample", 0, "--json")
    absent = run("check", "nothing", "--registry", mock_sky.registry)

    assert (good.exit_code, bad.exit_code, absent.exit_code) == (0, 1, 1)
    found = {catalog["id"]: catalog for catalog in json.loads(good.stdout)}
    assert set(found) == {CATALOG_ID, COMPILATION_ID}
    assert found[CATALOG_ID]["partitions_read"] == 1
    (fault,) = [fault for fault in json.loads(bad.stdout)[0]["faults"] if fault["severity"] == "error"]
    assert (fault["kind"], fault["catalog"]) == ("margin_missing", "object")
    assert "catalog convert" in fault["advice"]
