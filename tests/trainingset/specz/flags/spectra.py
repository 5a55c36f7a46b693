"""Spectroscopic surveys whose quality needs further columns."""

from tests.trainingset.specz.flags.cases import SurveyCases, one_flag, row

__all__ = ["CASES"]

PROBABILITIES = {0.0: 0, 0.001: 1, 0.69: 1, 0.7: 2, 0.89: 2, 0.9: 3, 0.98: 3, 0.99: 4, 1.0: 4}

_2MRS = (
    row(3, z_err=0.0),
    row(4, z_err=1e-9),
    row(4, z_err=0.00099),
    row(3, z_err=0.001),
    row(3, z_err=0.5),
    row(0, z_err=-0.0001),
    row(0, z_err=None),
)
# Bits of ZWARN: 1 sky fibre, 4 small difference of chi2, 512 no data.
_DESI = (
    row(4, z_flag=0, SPECTYPE="GALAXY", ZCAT_PRIMARY=True, z_err=0.0009),
    row(4, z_flag=0, SPECTYPE="QSO", ZCAT_PRIMARY=True, z_err=0.0),
    row(3, z_flag=0, SPECTYPE="GALAXY", ZCAT_PRIMARY=True, z_err=0.001),
    row(0, z_flag=0, SPECTYPE="GALAXY", ZCAT_PRIMARY=True, z_err=None),
    row(0, z_flag=0, SPECTYPE="GALAXY", ZCAT_PRIMARY=False),
    row(1, z_flag=4, SPECTYPE="GALAXY", ZCAT_PRIMARY=True),
    row(1, z_flag=2048, SPECTYPE="QSO", ZCAT_PRIMARY=True),
    row(0, z_flag=4, SPECTYPE="GALAXY", ZCAT_PRIMARY=False),
    row(6, z_flag=0, SPECTYPE="STAR", ZCAT_PRIMARY=True),
    row(6, z_flag=4, SPECTYPE="STAR", ZCAT_PRIMARY=False, z_err=None),
    row(0, z_flag=0, SPECTYPE=None, ZCAT_PRIMARY=True),
    row(0, z_flag=0, SPECTYPE="GALAXY", ZCAT_PRIMARY=None),
    row(1, current=0, z_flag=1, SPECTYPE="GALAXY", ZCAT_PRIMARY=True),
    row(1, current=0, z_flag=2053, SPECTYPE="QSO", ZCAT_PRIMARY=True),
    row(6, current=0, z_flag=5, SPECTYPE="STAR", ZCAT_PRIMARY=True),
    row(1, current=0, z_flag=512, SPECTYPE="GALAXY", ZCAT_PRIMARY=True),
    row(6, current=0, z_flag=2560, SPECTYPE="STAR", ZCAT_PRIMARY=True),
)
_SDSS = (
    row(4, z_flag=0, CLASS="GALAXY", SPECPRIMARY=1, z_err=0.0009),
    row(3, z_flag=0, CLASS="QSO", SPECPRIMARY=1, z_err=0.001),
    row(0, z_flag=0, CLASS="GALAXY", SPECPRIMARY=1, z_err=None),
    row(0, z_flag=0, CLASS="GALAXY", SPECPRIMARY=0),
    row(1, z_flag=16, CLASS="GALAXY", SPECPRIMARY=1),
    row(0, z_flag=16, CLASS="GALAXY", SPECPRIMARY=0),
    row(6, z_flag=0, CLASS="STAR", SPECPRIMARY=1),
    row(6, z_flag=16, CLASS="STAR", SPECPRIMARY=0, z_err=None),
    row(0, z_flag=0, CLASS=None, SPECPRIMARY=1),
)
_VIPERS = tuple(
    row({1: 1, 2: 3, 9: 3, 3: 4, 4: 4}.get(digit, 0), z_flag=tens + digit + decimals, classFlag=1)
    for tens in (0, 10, 20, 210)
    for digit in range(10)
    for decimals in (0, 0.2, 0.5)
)
_VIPERS_STARS = (
    *(row(6, z_flag=flag, classFlag=-1) for flag in (0, 1.5, 4, 9, 24, None)),
    row(0, z_flag=None, classFlag=1),
    row(0, z_flag=4, classFlag=None),
)
_XMM_LSS = (
    *(row(flag, z_flag=own, Class="GAL") for own, flag in {1: 3, 2: 2, 3: 1, 0: 0, 4: 0, None: 0}.items()),
    *(row(6, z_flag=own, Class="STA") for own in (1, 2, 3, None)),
    row(3, z_flag=1, Class="QSO"),
    row(0, z_flag=1, Class=None),
)

CASES = (
    SurveyCases("2MRS", _2MRS, ("s", "s")),
    SurveyCases("DESI", _DESI, ("s", "s")),
    SurveyCases("DESI_DR1", _DESI, ("s", "s")),
    SurveyCases("EUCLID_Q1", one_flag({**PROBABILITIES, -0.1: 0, None: 0}), ("s", "g")),
    SurveyCases("SDSS_DR17", _SDSS, ("s", "s")),
    SurveyCases("SDSS_DR19", _SDSS, ("s", "s")),
    SurveyCases("VIPERS_PDR2", _VIPERS + _VIPERS_STARS, ("s", "s")),
    SurveyCases("XMM_LSS", _XMM_LSS, ("s", "s")),
)
