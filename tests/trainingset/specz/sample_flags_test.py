"""Rules of surveys on real samples, against counts that were published with them."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.shared_data import shared_data
from trainingset.columns import ColumnType
from trainingset.combine_recipe import RuleSet
from trainingset.specz.flags import instrument_types, quality_flags
from trainingset.specz.rules import SurveyRules
from trainingset.specz.survey_book import SurveyBook


@dataclass(frozen=True)
class Sample:
    """A file of real rows and what the reference implementation makes of them."""

    survey: str
    file: str
    z: str
    flags: dict[float, int]
    types: dict[str, int]
    z_flag: str | None = None
    z_err: str | None = None


SAMPLES = (
    Sample("2DFGRS", "2dfgrs_final_release", "z", {0: 18, 1: 31, 3: 110, 4: 841}, {"s": 1000}, z_flag="quality"),
    Sample("2DFLENS", "2dflens_final_release", "z", {3: 242, 4: 663, 6: 95}, {"s": 1000}, z_flag="qual"),
    Sample("2MRS", "2mrs_v240", "redshift", {3: 9, 4: 991}, {"s": 1000}, z_err="redshift_err"),
    Sample("3D-HST", "3dhst_v4.1.5", "z_best", {0: 130, 3: 854, 6: 16}, {"s": 25, "g": 95, "p": 880}),
    Sample("6DFGS", "6dfgs_dr3", "Z", {0: 58, 1: 46, 3: 59, 4: 788, 6: 49}, {"s": 1000}, z_flag="QUALITY"),
    Sample("ASTRODEEP", "astrodeep-gs43", "z_best", {3: 1000}, {"s": 127, "p": 873}),
    Sample("ASTRODEEP-JWST", "astrodeep_jwst", "redshift", {0: 108, 3: 892}, {"s": 41, "p": 959}, z_flag="flag"),
    Sample(
        "DESI",
        "desi_dr1_in_lsst_dp1_fields",
        "Z",
        {0: 1, 1: 270, 3: 7, 4: 622, 6: 100},
        {"s": 1000},
        z_flag="ZWARN",
        z_err="ZERR",
    ),
    Sample(
        "ELAISS1OID",
        "elaiss1oid",
        "zfinal",
        {0: 159, 1: 23, 2: 49, 3: 73, 4: 160, 6: 14},
        {"s": 249, "p": 229},
        z_flag="zfinal_quality",
    ),
    Sample("JADES", "jades_dr3", "z_Spec", {0: 318, 1: 91, 2: 135, 3: 129, 4: 327}, {"s": 1000}, z_flag="z_Spec_flag"),
    Sample(
        "MOSDEF",
        "mosdef_final_release",
        "Z_MOSFIRE",
        {0: 244, 1: 32, 2: 11, 3: 5, 4: 708},
        {"s": 1000},
        z_flag="Z_QUAL",
    ),
    Sample("VANDELS", "vandels_dr4", "zspec", {0: 37, 1: 130, 2: 148, 3: 44, 4: 641}, {"s": 1000}, z_flag="zflg"),
    Sample("VIMOS", "vlt_vimos_v2.0.1", "SPEC_Z", {0: 364, 1: 307, 3: 37, 4: 292}, {"s": 1000}, z_flag="campaign_qf"),
    Sample(
        "CANDELS",
        "z_cat_CANDELS_clean_sitcomtn-154",
        "redshift",
        {3: 923, 4: 77},
        {"s": 77, "p": 923},
        z_flag="quality",
    ),
)
CHANGED = {
    "2DFGRS": {(1, 0): 2, (3, 6): 6, (4, 6): 38},
    "DESI": {(1, 0): 187, (6, 0): 3},
    "JADES": {(1, 0): 2},
    "VANDELS": {(4, 6): 2},
    "VIMOS": {(1, 6): 4, (4, 6): 26},
}
"""What the current rules change, from the reference's flag to ours: rows counted in the files themselves."""


def read_sample(sample: Sample) -> pa.Table:
    suffix = "" if sample.survey == "ELAISS1OID" else "_random_sample"
    return pq.read_table(shared_data("specz", f"{sample.file}{suffix}.parquet"))


def with_roles(sample: Sample, file: pa.Table, rules: SurveyRules) -> pa.Table:
    nothing = pa.nulls(len(file), pa.float64())
    columns = {
        "z": pc.cast(file[sample.z], pa.float64()),
        "z_err": nothing if sample.z_err is None else pc.cast(file[sample.z_err], pa.float64()),
        "z_flag": nothing if sample.z_flag is None else file[sample.z_flag],
    }
    if not pa.types.is_string(columns["z_flag"].type):
        columns["z_flag"] = pc.cast(columns["z_flag"], pa.float64())
    types = {ColumnType.FLOAT64: pa.float64(), ColumnType.STRING: pa.string(), ColumnType.BOOLEAN: pa.bool_()}
    columns |= {name: pc.cast(file[name], types[told]) for name, told in rules.columns.needed.items()}
    return pa.table(columns)


def rules_of(sample: Sample) -> SurveyRules:
    rules = SurveyBook.of().rules(sample.survey)
    assert rules is not None
    return rules


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.survey)
def test_reference_rules_give_the_reference_counts(sample: Sample) -> None:
    rules = rules_of(sample)
    table = with_roles(sample, read_sample(sample), rules)

    flags = quality_flags(table, rules, RuleSet.REFERENCE)
    types = instrument_types(table, rules, RuleSet.REFERENCE)

    assert Counter(flags.tolist()) == sample.flags
    assert Counter(types.to_pylist()) == sample.types


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.survey)
def test_current_rules_change_stars_and_missing_redshifts_only(sample: Sample) -> None:
    rules = rules_of(sample)
    table = with_roles(sample, read_sample(sample), rules)

    before = quality_flags(table, rules, RuleSet.REFERENCE)
    now = quality_flags(table, rules, RuleSet.CURRENT)

    changes = Counter((int(old), int(new)) for old, new in zip(before, now, strict=True) if old != new)
    assert changes == CHANGED.get(sample.survey, {})


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.survey)
def test_columns_of_a_survey_are_those_of_its_file(sample: Sample) -> None:
    columns = rules_of(sample).columns
    named = {*columns.id, columns.ra, columns.dec, columns.z, columns.survey, *columns.needed, *columns.known}
    named |= {name for name in (columns.z_err, columns.z_flag) if name is not None}

    assert named <= set(read_sample(sample).column_names)
    assert (columns.z, columns.z_flag, columns.z_err) == (sample.z, sample.z_flag, sample.z_err)


def test_sky_fibres_of_desi_are_told_by_zwarn_alone() -> None:
    sample = next(sample for sample in SAMPLES if sample.survey == "DESI")
    file = read_sample(sample)
    rules = rules_of(sample)

    flags = quality_flags(with_roles(sample, file, rules), rules, RuleSet.CURRENT)

    is_target = np.array([kind == "TGT" for kind in file["OBJTYPE"].to_pylist()])
    assert set(flags[~is_target]) == {0.0}
    # One target has no data either, and one is not the primary spectrum.
    assert np.count_nonzero(flags[is_target] == 0) <= 2


def test_stars_of_vimos_are_those_that_observers_called_so() -> None:
    sample = next(sample for sample in SAMPLES if sample.survey == "VIMOS")
    file = read_sample(sample)
    rules = rules_of(sample)

    flags = quality_flags(with_roles(sample, file, rules), rules, RuleSet.CURRENT)

    called = np.array(["star" in (text or "").lower() for text in file["COMM"].to_pylist()])
    assert called[flags == 6].all()
