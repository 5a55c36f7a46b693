"""Surveys that hold photometric redshifts, alone or besides others."""

from typing import Any

from tests.trainingset.specz.flags.cases import Row, SurveyCases, row
from tests.trainingset.specz.flags.spectra import PROBABILITIES

__all__ = ["CASES"]


def _curated(column: str) -> tuple[Row, ...]:
    """Flags that are on the common scale already, with a column of types."""
    flags = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 6: 6, 5: None, 7: None, -9: None, None: None}
    types = {"s": "s", "p": "p", "-": "p", None: "p"}
    rows = [row(quality, z_flag=flag, types="s", **{column: "s"}) for flag, quality in flags.items()]
    rows += [row(3, z_flag=3, types=told, **{column: given}) for given, told in types.items()]
    return tuple(rows)


def _3d_hst(flag: float, types: str, source: float | None, **columns: Any) -> Row:
    good = {"z_spec": -1, "use_zgrism": 0, "use_phot": 0, "flag1": 0, "flag2": 0}
    return row(flag, types=types, z_best_s=source, **{**good, **columns})


_3D_HST = (
    _3d_hst(6, "g", 0, use_phot=1, z=-1.0),
    _3d_hst(3, "s", 1, z_spec=0.5),
    _3d_hst(0, "s", 1),
    _3d_hst(0, "s", 1, z_spec=None),
    _3d_hst(3, "g", 2, use_zgrism=1),
    _3d_hst(0, "g", 2, use_zgrism=0),
    _3d_hst(0, "g", 2, use_zgrism=-1),
    _3d_hst(0, "g", 2, use_zgrism=1, flag1=1),
    _3d_hst(0, "g", 2, use_zgrism=1, flag2=1),
    _3d_hst(0, "g", 2, use_zgrism=1, flag1=-1),
    _3d_hst(3, "p", 3, use_phot=1),
    _3d_hst(0, "p", 3, use_phot=0),
    _3d_hst(0, "p", 3, use_phot=0, z=-99.0),
    _3d_hst(0, "g", 4, use_phot=1),
    _3d_hst(0, "g", None, use_phot=1),
)
_ASTRODEEP = (
    row(3, zspec_survey="-", types="p"),
    row(3, zspec_survey="VANDELS", types="s"),
    row(0, zspec_survey=None, types="p"),
)
_ASTRODEEP_JWST = (
    *(row(3, z_flag=flag, zspec=-99, types="p") for flag in (0, 1, 9, 10, 39, 100, 139, 339)),
    *(row(0, z_flag=flag, zspec=-99, types="p") for flag in (40, 99, 140, 390, 400, 1000, 140388, -5, None)),
    row(3, z_flag=0, zspec=1.2, types="s"),
    row(0, z_flag=400, zspec=1.2, types="s"),
    row(3, z_flag=0, zspec=None, types="p"),
    row(3, current=0, z_flag=0, zspec=-99, z=-1.0, types="p"),
)


def _cosmos2020(flag: float, **columns: Any) -> Row:
    good = {"lp_zPDF": 0.51, "lp_zMinChi2": 0.49, "lp_zPDF_l68": 0.4, "lp_zPDF_u68": 0.6, "lp_NbFilt": 31}
    return row(flag, **{"lp_type": 0, **good, **columns})


_COSMOS2020 = (
    _cosmos2020(3),
    _cosmos2020(3, lp_type=2),
    _cosmos2020(2, lp_NbFilt=30),
    _cosmos2020(2, lp_NbFilt=None),
    _cosmos2020(3, lp_zPDF=0.4, lp_zMinChi2=0.6),
    _cosmos2020(1, z=0.61),
    _cosmos2020(1, lp_zPDF=0.39),
    _cosmos2020(1, lp_zMinChi2=0.61),
    _cosmos2020(1, lp_zMinChi2=None),
    _cosmos2020(1, lp_zPDF_u68=None),
    _cosmos2020(6, lp_type=1),
    _cosmos2020(6, lp_type=1, z=None),
    _cosmos2020(0, lp_type=-9),
    _cosmos2020(0, z=None),
    _cosmos2020(0, z=float("nan")),
    _cosmos2020(0, lp_type=None),
)


def _cosmos_web(flag: float, *, current: float | str = "same", **columns: Any) -> Row:
    good = {"z_flag": 0, "type": 0, "zpdf_med": 0.5, "zchi2": 0.5, "nbfilt": 31}
    return row(flag, current=current, **{**good, **columns})


_COSMOS_WEB = (
    _cosmos_web(3),
    _cosmos_web(3, type=2),
    _cosmos_web(2, nbfilt=29),
    _cosmos_web(0, nbfilt=30),
    _cosmos_web(0, nbfilt=None),
    _cosmos_web(1, zchi2=0.502),
    _cosmos_web(1, zpdf_med=0.49, nbfilt=29),
    _cosmos_web(0, zchi2=None),
    _cosmos_web(0, z_flag=1),
    _cosmos_web(0, z_flag=None),
    _cosmos_web(3, current=6, type=1),
    _cosmos_web(2, current=6, type=1, nbfilt=3),
    _cosmos_web(1, current=6, type=1, zchi2=3.0),
    _cosmos_web(0, current=6, type=1, z_flag=1),
)


def _jades_dr5(flag: float, **columns: Any) -> Row:
    good = {"z_ml": 0.5, "z_peak": 0.5, "z500": 0.5, "chi_a": 10.0, "nfilt": 12}
    return row(flag, **{**good, "l68": 0.4, "u68": 0.6, "l95": 0.3, "u95": 0.7, **columns})


_JADES_DR5 = (
    _jades_dr5(3),
    _jades_dr5(3, z_peak=0.4, z500=0.6),
    _jades_dr5(2, z_peak=0.39),
    _jades_dr5(2, z_ml=0.7),
    _jades_dr5(2, u68=None),
    _jades_dr5(1, z500=0.71),
    _jades_dr5(1, z_peak=None),
    _jades_dr5(1, l68=None, l95=None),
    _jades_dr5(0, z_ml=None),
    _jades_dr5(0, z=None, z_peak=0.1),
    _jades_dr5(0, chi_a=None, z500=0.1),
    _jades_dr5(0, nfilt=0, z500=0.1),
    _jades_dr5(0, nfilt=None, z500=0.1),
    # The reference's tests for 2 and 3 do not ask again whether the fit is there.
    _jades_dr5(3, chi_a=None),
    _jades_dr5(3, nfilt=0),
    _jades_dr5(3, z=None),
)


def _probability(types: str | None) -> tuple[Row, ...]:
    rows = [row(quality, z_flag=flag, type="s", types="s") for flag, quality in PROBABILITIES.items()]
    rows += [row(None, z_flag=flag, type="s", types="s") for flag in (-0.5, 1.5, None)]
    rows += [row(3, z_flag=0.93, type=given, types=told) for given, told in (("p", "p"), ("g", "g"), (None, types))]
    return tuple(rows)


CASES = (
    SurveyCases("3D-HST", _3D_HST),
    SurveyCases("ASTRODEEP", _ASTRODEEP),
    SurveyCases("ASTRODEEP-JWST", _ASTRODEEP_JWST),
    SurveyCases("CANDELS", _probability(None)),
    SurveyCases("COSMOS2020_CLASSIC", _COSMOS2020, ("p", "p")),
    SurveyCases("COSMOS_Web", _COSMOS_WEB, ("p", "p")),
    SurveyCases("ELAISFBMC", _curated("zbest_type")),
    SurveyCases("ELAISS1OID", _curated("zfinal_type")),
    SurveyCases("JADES_DR5_PHOTOZ", _JADES_DR5, ("p", "p")),
    SurveyCases("JADES_DR5_PHOTOZ_KRON", _JADES_DR5, ("p", "p")),
    SurveyCases("NED", _probability(None)),
    SurveyCases("SWIRE-REVISED", _curated("zfinal_type")),
)
