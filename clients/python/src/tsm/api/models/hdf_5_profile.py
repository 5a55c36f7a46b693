from typing import Literal, cast

Hdf5Profile = Literal["pz-challenge", "rail", "rubin"]


def check_hdf_5_profile(value: object) -> Hdf5Profile:
    return cast(Hdf5Profile, value)
