"""The 14 real samples as homogenized rows, by rules written here from the published description alone.

What the resolver is tried on must not come from the code that will feed it.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tests.shared_data import shared_data
from tests.trainingset.specz.measurements import homogenized

__all__ = ["SAMPLES", "sample_file", "sample_rows"]

Rows = pd.DataFrame
Rule = Callable[[Rows], "pd.Series"]


class Sample(NamedTuple):
    file: str
    columns: tuple[str, str, str]
    """Of ra, dec and z."""
    quality: Rule
    instrument: str | Rule = "s"
    id: str | None = None


def _by(column: str, values: Mapping[object, float], default: float = np.nan) -> Rule:
    return lambda rows: rows[column].map(values).astype(float).fillna(default)


def _last_digit(column: str, values: Mapping[object, float]) -> Rule:
    def read(rows: Rows) -> pd.Series:
        whole = np.trunc(rows[column].astype(float))
        return (whole - 10 * np.trunc(whole / 10)).map(values).fillna(0.0)

    return read


def _choose(*cases: tuple[Callable[[Rows], object], object], default: object) -> Rule:
    """The last case that holds."""

    def read(rows: Rows) -> pd.Series:
        values = pd.Series([default] * len(rows), index=rows.index)
        for condition, value in cases:
            values[np.asarray(condition(rows), bool)] = value
        return values

    return read


def _desi(rows: Rows) -> pd.Series:
    fine, primary, star = rows["ZWARN"] == 0, rows["ZCAT_PRIMARY"].astype(bool), rows["SPECTYPE"] == "STAR"
    values = np.select(
        [star, ~fine & ~primary, ~fine & primary, fine & primary & (rows["ZERR"] >= 0.001), fine & primary],
        [6.0, 0.0, 1.0, 3.0, 4.0],
        0.0,
    )
    return pd.Series(values, index=rows.index)


IDENTITY = {0: 0.0, 1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0, 6: 6.0}
VIMOS = {"lrb_a": 4, "mr_a": 4, "mr_b": 3, "lrb_b": 1, "lrb_c": 1, "mr_c": 1, "lrb_x": 0, "mr_x": 0}

SAMPLES: Mapping[str, Sample] = {
    "2DFGRS": Sample(
        "2dfgrs_final_release", ("ra_j2000_deg", "dec_j2000_deg", "z"), _by("quality", {1: 0, 2: 1, 3: 3, 4: 4, 5: 4})
    ),
    "2DFLENS": Sample("2dflens_final_release", ("RA", "Dec", "z"), _by("qual", {1: 0, 2: 1, 3: 3, 4: 4, 6: 6})),
    "2MRS": Sample(
        "2mrs_v240",
        ("RA", "DEC", "redshift"),
        _choose(
            (lambda rows: rows["redshift_err"] == 0, 3.0),
            (lambda rows: (rows["redshift_err"] > 0) & (rows["redshift_err"] < 0.001), 4.0),
            (lambda rows: rows["redshift_err"] >= 0.001, 3.0),
            default=0.0,
        ),
    ),
    "3D-HST": Sample(
        "3dhst_v4.1.5",
        ("ra", "dec", "z_best"),
        _choose(
            (lambda rows: rows["z_best_s"] == 0, 6.0),
            (lambda rows: (rows["z_best_s"] == 1) & (rows["z_spec"] != -1), 3.0),
            (
                lambda rows: (
                    (rows["z_best_s"] == 2) & (rows["use_zgrism"] == 1) & (rows["flag1"] == 0) & (rows["flag2"] == 0)
                ),
                3.0,
            ),
            (lambda rows: (rows["z_best_s"] == 3) & (rows["use_phot"] == 1), 3.0),
            default=0.0,
        ),
        lambda rows: rows["z_best_s"].map({1: "s", 2: "g", 3: "p"}).fillna("g"),
    ),
    "6DFGS": Sample("6dfgs_dr3", ("RA_deg", "DEC_deg", "Z"), _by("QUALITY", {1: 0, 2: 1, 3: 3, 4: 4, 6: 6})),
    "ASTRODEEP": Sample(
        "astrodeep-gs43",
        ("RA", "DEC", "z_best"),
        lambda rows: rows["zspec_survey"].notna().map({True: 3.0, False: 0.0}),
        lambda rows: (rows["zspec_survey"] == "-").map({True: "p", False: "s"}),
    ),
    "ASTRODEEP-JWST": Sample(
        "astrodeep_jwst",
        ("RA", "DEC", "redshift"),
        _choose((lambda rows: (rows["flag"] < 400) & (rows["flag"] // 10 % 10 <= 3), 3.0), default=0.0),
        lambda rows: (rows["zspec"] == -99).map({True: "p", False: "s"}),
    ),
    "DESI": Sample("desi_dr1_in_lsst_dp1_fields", ("TARGET_RA", "TARGET_DEC", "Z"), _desi),
    "ELAISS1OID": Sample(
        "elaiss1oid",
        ("RAdeg", "DEdeg", "zfinal"),
        _by("zfinal_quality", IDENTITY),
        lambda rows: rows["zfinal_type"].map({"s": "s", "p": "p"}).fillna("p"),
    ),
    "JADES": Sample(
        "jades_dr3", ("RA_TARG", "Dec_TARG", "z_Spec"), _by("z_Spec_flag", {"A": 4, "B": 3, "C": 2, "D": 1, "E": 0})
    ),
    "MOSDEF": Sample(
        "mosdef_final_release",
        ("RA", "DEC", "Z_MOSFIRE"),
        _by("Z_QUAL", {7: 4, 6: 3, 5: 2, 4: 2, 3: 1, 2: 1, 1: 0, 0: 0}),
    ),
    "VANDELS": Sample(
        "vandels_dr4",
        ("alpha", "delta", "zspec"),
        _last_digit("zflg", {0: 0.0, 1: 1.0, 2: 2.0, 3: 4.0, 4: 4.0, 9: 3.0}),
    ),
    "VIMOS": Sample(
        "vlt_vimos_v2.0.1",
        ("RAJ2000_WFI", "DEJ2000_WFI", "SPEC_Z"),
        lambda rows: rows["campaign_qf"].str.strip().str.lower().map(VIMOS).astype(float),
    ),
    "CANDELS": Sample(
        "z_cat_CANDELS_clean_sitcomtn-154",
        ("RA", "DEC", "redshift"),
        lambda rows: pd.cut(rows["quality"], [-1, 0, 0.7, 0.9, 0.99, 1], right=False, labels=False).where(
            rows["quality"] < 1, 4
        ),
        lambda rows: rows["type"].str.lower(),
    ),
}


@cache
def sample_rows(*without: str) -> pa.Table:
    """All samples but these, with keys that are the survey and the number of the row."""
    tables = [_read(survey, sample) for survey, sample in SAMPLES.items() if survey not in without]
    return pa.concat_tables(tables)


def sample_file(survey: str) -> Path:
    """The file of a sample; the test is skipped where there are none."""
    file, folder = SAMPLES[survey].file, shared_data("specz")
    names = (f"{file}.parquet", f"{file}_random_sample.parquet")
    return next(path for name in names if (path := folder / name).exists())


def _read(survey: str, sample: Sample) -> pa.Table:
    rows = pq.read_table(sample_file(survey)).to_pandas()
    ra, dec, z = (rows[column].astype(float).to_numpy() for column in sample.columns)
    instrument = sample.instrument if isinstance(sample.instrument, str) else sample.instrument(rows).to_numpy()
    return homogenized(
        keys=[f"{survey}:{row}" for row in range(len(rows))],
        ra=ra,
        dec=dec,
        z=z,
        quality=sample.quality(rows).astype(float).to_numpy(),
        instrument=[instrument] * len(rows) if isinstance(instrument, str) else list(instrument),
        survey=survey,
    )
