"""Surveys whose own flag alone tells the quality."""

from tests.trainingset.specz.flags.cases import SurveyCases, last_digits, one_flag, row, star_unless_reference

__all__ = ["CASES"]

COLLESS = {1: 0, 2: 1, 3: 3, 4: 4, 5: 4, 0: None, 6: None, 2.5: None, -1: None, None: None}
WITH_STARS = {1: 0, 2: 1, 3: 3, 4: 4, 6: 6, 0: None, 5: None, 3.5: None, None: None}
VVDS_LIKE = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 9: 2}
VUDS = {1: 1, 2: 2, 3: 3, 4: 4, 9: 2}
VANDELS = {0: 0, 1: 1, 2: 2, 3: 4, 4: 4, 9: 3}
JADES_LETTERS = {"A": 4, "B": 3, "C": 2, "D": 1, "E": 0, "F": None, None: None}
VIMOS_CODES = {
    "LRb_A": 4,
    "LRb_B": 1,
    "LRb_C": 1,
    "LRb_X": 0,
    "MR_A": 4,
    "MR_B": 3,
    "MR_C": 1,
    "MR_X": 0,
    "lrb_a": 4,
    "mr_B": 3,
    "MR_D": None,
    "A": None,
    None: None,
}

_NEAR_ZERO_2DFGRS = (
    row(0, z_flag=1, z=-9.0),
    row(1, current=0, z_flag=2, z=-9.0),
    row(1, current=0, z_flag=2, z=None),
    row(1, z_flag=2, z=0.0002),
    row(3, current=6, z_flag=3, z=0.0),
    row(4, current=6, z_flag=4, z=-0.0007),
    row(4, current=6, z_flag=5, z=0.0009),
    row(4, z_flag=5, z=0.001),
    row(4, z_flag=4, z=-0.0015),
)
_NO_REDSHIFT_OZDES = (
    row(0, z_flag=1, z=-9.999),
    row(1, current=0, z_flag=2, z=-9.999),
    row(6, z_flag=6, z=-0.0001),
)
_VIMOS_STARS = (
    row(4, current=6, z_flag="LRb_A", z=0.0),
    row(1, current=6, z_flag="MR_C", z=0.002),
    row(3, z_flag="MR_B", z=0.003),
    row(0, z_flag="MR_X", z=None),
)
_JADES_NONE = (row(1, current=0, z_flag="D", z=-1.0), row(0, z_flag="E", z=-1.0), row(0, z_flag="E", z=0.0))

CASES = (
    SurveyCases("2DFGRS", one_flag(COLLESS) + _NEAR_ZERO_2DFGRS, ("s", "s")),
    SurveyCases("2DFLENS", one_flag(WITH_STARS), ("s", "s")),
    SurveyCases("6DFGS", (*one_flag(WITH_STARS), row(0, z_flag=1, z=-9.999)), ("s", "s")),
    SurveyCases("C3R2_DR3", one_flag({4: 4, 3.5: 3, 3: 3, 2: None, 3.1: None, None: None}), ("s", "s")),
    SurveyCases("COSMOS_SRC", last_digits(VVDS_LIKE, default=0), ("s", "s")),
    SurveyCases("DEIMOS_10K", last_digits(VVDS_LIKE, default=0), ("s", "s")),
    SurveyCases("DESI_DEEP_PILOT", last_digits({digit: digit for digit in range(5)}, default=0), ("s", "s")),
    SurveyCases("ELG_FIGS", one_flag({0: 3, 4: 3, None: 3}), ("s", "g")),
    SurveyCases(
        "FMOS_COSMOS",
        one_flag({-99: 0, 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, -1: 6, 5: None, None: None}),
        ("s", "s"),
    ),
    SurveyCases("GAMA_DR4", one_flag({5: 4, 4: 4, 3: 3, 2: 2, 1: 1, 0: None, 6: None, None: None}), ("s", "s")),
    SurveyCases("HELP-DMU23", one_flag(COLLESS), ("s", "s")),
    SurveyCases("JADES", one_flag(JADES_LETTERS) + _JADES_NONE, ("s", "s")),
    SurveyCases("JADES", one_flag({4: 4, 3: 3, 2: 2, 1: 1, 0: 0, 5: None, 2.5: None}), ("s", "s")),
    SurveyCases(
        "MOSDEF",
        one_flag({7: 4, 6: 3, 5: 2, 4: 2, 3: 1, 2: 1, 1: 0, 0: 0, 8: None, None: None}),
        ("s", "s"),
    ),
    SurveyCases("OZDES", one_flag(WITH_STARS) + _NO_REDSHIFT_OZDES, ("s", "s")),
    SurveyCases(
        "PRIMUS",
        (*one_flag({2: 1, 3: 2, 4: 3, 0: None, 1: None, None: None}), row(0, current=6, z_flag=-1)),
        ("g", "g"),
    ),
    SurveyCases("VANDELS", last_digits(VANDELS, default=0) + star_unless_reference(VANDELS), ("s", "s")),
    SurveyCases("VIMOS", one_flag(VIMOS_CODES) + _VIMOS_STARS, ("s", "s")),
    SurveyCases("VIMOS", one_flag({0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 6: None, None: None}), ("s", "s")),
    SurveyCases("VUDS", last_digits(VUDS, default=0) + star_unless_reference(VUDS), ("s", "s")),
    SurveyCases("VVDS", last_digits(VVDS_LIKE, default=0) + star_unless_reference(VVDS_LIKE), ("s", "s")),
    SurveyCases("ZCOSMOS", last_digits(VVDS_LIKE, default=0), ("s", "s")),
)
