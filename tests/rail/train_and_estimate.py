"""Run by RAIL's own Python: learns redshifts from one HDF5 file and estimates those of another, by its catalog tag.

    python train_and_estimate.py TAG TRAIN TEST FOLDER [FURTHER TAGS]

Nothing here names a band, a group or a stand-in value: RAIL takes them from the tag. Prints what came out as JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np
import tables_io
import yaml
from rail.core import common_params
from rail.utils import catalog_utils

QUICK = {"nneigh_max": 3, "ngrid_sigma": 2}
SETTINGS = ("bands", "err_bands", "mag_limits", "ref_band", "redshift_col", "band_a_env", "zmax", "nzbins")
SETTINGS += ("hdf5_groupname", "nondetect_val", "nonobserved_val", "filter_list")


def apply_tag(path: str) -> dict[str, object]:
    """Load the tag as RAIL's own; gives the settings that all stages have from then on."""
    catalog_utils.clear()
    catalog_utils.load_yaml(path)
    (tag,) = yaml.safe_load(Path(path).read_text())["CatalogTags"]
    catalog_utils.apply(tag["CatalogTag"]["name"])
    return {name: common_params.SHARED_PARAMS[name] for name in SETTINGS}


def estimate(settings: dict[str, object], train: str, test: str, folder: str) -> dict[str, object]:
    """Train on one file and estimate the other."""
    # Its stages copy what the tag says when they are imported.
    from rail.estimation.algos.k_nearneigh import KNearNeighEstimator, KNearNeighInformer

    training, testing = tables_io.read(train), tables_io.read(test)
    model = KNearNeighInformer.make_stage(name="inform", model=f"{folder}/model.pkl", **QUICK).inform(training)
    estimator = KNearNeighEstimator.make_stage(name="estimate", model=model, output=f"{folder}/estimates.hdf5")
    estimates = estimator.estimate(testing).data
    group = str(settings["hdf5_groupname"])
    truth = np.asarray((testing[group] if group else testing)[settings["redshift_col"]])
    modes = estimates.mode(np.linspace(0, 6, 601)).ravel()
    return {
        "n_test": len(truth),
        "n_finite": int(np.isfinite(modes).sum()),
        "scatter": float(np.median(np.abs(modes - truth) / (1 + truth))),
        "scatter_of_a_guess": float(np.median(np.abs(np.median(truth) - truth) / (1 + truth))),
    }


def main() -> None:
    tag, train, test, folder, *further = sys.argv[1:]
    settings = apply_tag(tag)
    result = estimate(settings, train, test, folder)
    everything = [settings, *(apply_tag(path) for path in further)]
    sys.stdout.write(json.dumps({"settings": everything, **result}) + "\n")


main()
