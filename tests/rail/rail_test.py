"""RAIL trains on the HDF5 files of a job as they are, and takes their names and limits from the catalog tag."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sky import entry_of
from trainingset.formats import write_catalog_tag
from trainingset.make import make_training_set
from trainingset.mock.place import MockSky
from trainingset.order import InputFile, Order
from trainingset.recipe import Hdf5Profile

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
RAIL_PYTHON = ROOT / ".venv-rail" / "bin" / "python"
SCRIPT = Path(__file__).with_name("train_and_estimate.py")
BANDS = "ugrizy"


@pytest.fixture(scope="module")
def files(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of a real job by their ids."""
    folder = tmp_path_factory.mktemp("job")
    entry = entry_of(mock_sky)
    request = {
        "catalog": entry.id,
        "redshifts": "mine",
        "flux": ["gaap1p0", "psf"],
        "split": {"train": 0.8, "test": 0.2},
        "formats": ["hdf5"],
    }
    source = InputFile(name="mine", path=str(mock_sky.redshifts))
    made = make_training_set(Order(request=request, catalogs=(entry,), inputs={"mine": source}, folder=str(folder)))
    return {file.id: Path(file.path) for file in made.files}


@pytest.fixture(scope="module")
def answer(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What RAIL made of the files, in one process: loading it takes most of the time."""
    if not RAIL_PYTHON.exists():
        pytest.skip("RAIL is not installed (make .venv-rail/installed)")
    folder = tmp_path_factory.mktemp("rail")
    further = [folder / f"{profile.value}.yaml" for profile in (Hdf5Profile.RUBIN, Hdf5Profile.PZ_CHALLENGE)]
    for path in further:
        write_catalog_tag(files["parquet"], path, profile=Hdf5Profile(path.stem))
    arguments = [files["catalog_tag"], files["hdf5_train"], files["hdf5_test"], folder, *further]
    run = subprocess.run([RAIL_PYTHON, SCRIPT, *arguments], capture_output=True, text=True, cwd=folder, timeout=240)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_an_informer_trains_on_the_training_file_and_estimates_the_test_file(answer: dict[str, Any]) -> None:
    assert answer["n_test"] > 50
    assert answer["n_finite"] == answer["n_test"]
    assert answer["scatter"] < 0.7 * answer["scatter_of_a_guess"]


def test_the_tag_gives_rail_its_own_default_names_with_the_depths_of_the_release(
    answer: dict[str, Any], mock_sky: MockSky
) -> None:
    settings = answer["settings"][0]
    limits = entry_of(mock_sky).magnitude_limits
    assert limits is not None
    assert settings["bands"] == [f"mag_{band}_lsst" for band in BANDS]
    assert settings["err_bands"] == [f"mag_err_{band}_lsst" for band in BANDS]
    assert settings["mag_limits"] == {f"mag_{band}_lsst": limits.values[band] for band in BANDS}
    assert (settings["ref_band"], settings["redshift_col"]) == ("mag_i_lsst", "redshift")
    assert (settings["hdf5_groupname"], settings["nondetect_val"], settings["nonobserved_val"]) == (
        "photometry",
        99,
        -99,
    )
    assert (settings["zmax"], settings["nzbins"]) == (6, 601)
    assert settings["filter_list"] == [f"lsstcam_{band}" for band in BANDS]


def test_the_tags_of_the_other_profiles_load_as_well(answer: dict[str, Any]) -> None:
    _, rubin, challenge = answer["settings"]
    assert rubin["bands"] == [f"{band}_gaap1p0Mag" for band in BANDS]
    assert rubin["err_bands"] == [f"{band}_gaap1p0MagErr" for band in BANDS]
    assert (rubin["hdf5_groupname"], rubin["nonobserved_val"]) == ("", math.inf)
    assert math.isnan(rubin["nondetect_val"])
    assert challenge["err_bands"] == [f"mag_{band}_lsst_err" for band in BANDS]
    assert (challenge["ref_band"], challenge["hdf5_groupname"]) == ("mag_i_lsst", "")


def test_the_tag_is_yaml_that_says_how_to_load_it(files: dict[str, Path]) -> None:
    text = files["catalog_tag"].read_text()
    (tag,) = yaml.safe_load(text)["CatalogTags"]
    assert tag["CatalogTag"]["object_id_col"] == "objectId"
    assert f'catalog_utils.apply("{tag["CatalogTag"]["name"]}")' in text
    assert "NOT corrected for dust" in text
