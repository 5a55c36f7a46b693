"""Catalog tags hold the depths of the release, or estimates that say so, and keep RAIL from dereddening twice."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml

from tests.trainingset.formats.tables import a_layout, a_training_set, saved
from trainingset.formats import write_catalog_tag
from trainingset.layout import TableLayout
from trainingset.recipe import Hdf5Profile


def with_limits(layout: TableLayout, limits: dict[str, float]) -> TableLayout:
    bands = {
        band: columns.model_copy(update={"magnitude_limit": limits.get(band)}) for band, columns in layout.bands.items()
    }
    return layout.model_copy(update={"bands": bands, "limits_source": "Release paper, table 2"})


def write(
    folder: Path,
    layout: TableLayout,
    table: pa.Table | None = None,
    profile: Hdf5Profile = Hdf5Profile.RAIL,
) -> tuple[dict[str, Any], dict[str, float], str]:
    """The tag, the reddening by band name, and the whole text."""
    target = folder / "training_set.yaml"
    write_catalog_tag(saved(folder, a_training_set() if table is None else table, layout), target, profile=profile)
    text = target.read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    (tag,) = content["CatalogTags"]
    return tag["CatalogTag"], {item["Band"]["name"]: item["Band"]["a_env"] for item in content["Bands"]}, text


def test_published_depths_of_the_release_are_the_limits(tmp_path: Path) -> None:
    tag, _, text = write(tmp_path, with_limits(a_layout(), {"g": 27.8, "r": 27.1}))

    assert tag["bands"] == {"g": {"mag_limit": 27.8}, "r": {"mag_limit": 27.1}}
    assert "mag_limit of g, r: 5-sigma depth of the release (Release paper, table 2)" in text
    assert "estimated" not in text


def test_without_them_limits_are_the_median_of_five_flux_errors(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    errors = rng.lognormal(3, 0.4, 1_001).astype(np.float32)
    table = a_training_set().take(np.zeros(1_001, int))
    table = table.set_column(4, table.schema.field(4), [errors])

    tag, _, text = write(tmp_path, with_limits(a_layout(), {"r": 27.1}), table)

    expected = 31.4 - 2.5 * np.log10(5 * np.median(errors))
    assert tag["bands"]["g"]["mag_limit"] == pytest.approx(expected, abs=0.002)
    assert "mag_limit of g: estimated from this set" in text
    assert "mag_limit of r: 5-sigma depth" in text


def test_a_band_without_any_flux_error_says_that_a_limit_is_missing(tmp_path: Path) -> None:
    tag, _, text = write(tmp_path, a_layout(), a_training_set().slice(0, 0))

    assert math.isnan(tag["bands"]["g"]["mag_limit"])
    assert "No flux error of g, r is known here" in text


def test_rail_is_told_the_coefficients_of_magnitudes_that_are_not_corrected(tmp_path: Path) -> None:
    tag, reddening, text = write(tmp_path, a_layout())

    assert reddening == {"comcam_g": 3.64, "comcam_r": 2.7}
    assert "NOT corrected for dust" in text
    assert tag["name"] == "lsst_dp1_gaap1p0"


@pytest.mark.parametrize("dereddening", ["sf11", "catalog"])
def test_corrected_magnitudes_have_no_reddening_left(dereddening: str, tmp_path: Path) -> None:
    tag, reddening, text = write(tmp_path, a_layout(dereddening=dereddening))

    assert set(reddening.values()) == {0.0}
    assert tag["name"] == f"lsst_dp1_gaap1p0_dered_{dereddening}"
    assert "NOT corrected" not in text


@pytest.mark.parametrize(
    ("release", "filters"), [("DP1", "comcam"), ("dp1", "comcam"), ("DP2", "lsstcam"), ("DR1", "lsstcam")]
)
def test_filters_are_those_of_the_camera(release: str, filters: str, tmp_path: Path) -> None:
    tag, _, _ = write(tmp_path, a_layout(release=release))

    assert tag["filter_template"] == filters + "_{band}"


@pytest.mark.parametrize(("reference", "expected"), [("r", "r"), ("u", "r"), (None, "r")])
def test_the_reference_band_is_one_of_the_bands(reference: str | None, expected: str, tmp_path: Path) -> None:
    tag, _, _ = write(tmp_path, a_layout(reference_band=reference))

    assert tag["ref_band"] == expected


@pytest.mark.parametrize(
    ("profile", "magnitude", "error", "group", "object_id"),
    [
        (Hdf5Profile.RAIL, "mag_{band}_lsst", "mag_err_{band}_lsst", "photometry", "objectId"),
        (Hdf5Profile.RUBIN, "{band}_gaap1p0Mag", "{band}_gaap1p0MagErr", "", "objectId"),
        (Hdf5Profile.PZ_CHALLENGE, "mag_{band}_lsst", "mag_{band}_lsst_err", "", "object_id"),
    ],
)
def test_names_are_the_profiles(
    profile: Hdf5Profile, magnitude: str, error: str, group: str, object_id: str, tmp_path: Path
) -> None:
    tag, _, _ = write(tmp_path, a_layout(), profile=profile)

    assert (tag["mag_column_template"], tag["mag_err_column_template"]) == (magnitude, error)
    assert (tag["hdf5_groupname"], tag["object_id_col"], tag["redshift_col"]) == (group, object_id, "redshift")
    assert (tag["zmin"], tag["zmax"], tag["nzbins"]) == (0, 6, 601)


def test_no_text_of_the_release_leaves_its_comment(tmp_path: Path) -> None:
    hostile = "DP1\r\nBands: [evil]\u2028\x85\x07"
    layout = with_limits(a_layout(release=hostile, flux_kind=hostile), {"g": 24.5}).model_copy(
        update={"limits_source": hostile}
    )

    tag, reddening, text = write(tmp_path, layout)

    assert tag["band_list"] == ["g", "r"]
    assert set(reddening) == {"lsstcam_g", "lsstcam_r"}
    assert all(line.startswith("#") for line in text.splitlines() if "evil" in line and "name:" not in line)


def test_a_tag_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    source = saved(tmp_path, a_training_set().drop_columns(["g_state"]), a_layout())

    with pytest.raises(ValueError, match="lost the columns 'g_state'"):
        write_catalog_tag(source, tmp_path / "tag.yaml")

    assert [path.name for path in tmp_path.iterdir()] == ["training_set.parquet"]
