"""Homogenized rows near each other in hard places of the sky, with everything that can decide between them."""

import pyarrow as pa
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import skies
from tests.trainingset.specz.measurements import a_recipe, homogenized
from trainingset.combine_recipe import CombineRecipe

__all__ = ["hard_rows", "recipes"]

QUALITY = st.sampled_from([None, 0.0, 1.0, 2.0, 3.0, 4.0, 4.0, 6.0])
REDSHIFTS = st.sampled_from([None, 0.5, 0.5, 0.5004, 0.501, 0.5015, 0.502, 0.7, -0.001, -1.0, -9.999])
ERRORS = st.sampled_from([None, 1e-4, 1e-3, 0.01])
DATES = st.sampled_from([None, 1999.5, 2024.0])


@st.composite
def hard_rows(draw: st.DrawFn, *, most: int = 10) -> pa.Table:
    """Rows within some arcseconds, with radii of two sizes; the extra column ``lines`` counts spectral lines."""
    sky = draw(skies(most=most))
    n = len(sky)

    def each(values: st.SearchStrategy) -> list:
        return draw(st.lists(values, min_size=n, max_size=n))

    # As texts 10 is before 9.
    numbers = draw(st.lists(st.integers(1, 300), min_size=n, max_size=n, unique=True))
    return homogenized(
        keys=[f"S:{number}" for number in numbers],
        ra=sky.ra,
        dec=sky.dec,
        z=each(REDSHIFTS),
        quality=each(QUALITY),
        instrument=each(st.sampled_from(["s", "s", "g", "p", None])),
        radius=each(st.sampled_from([0.5, 0.5, 0.75, 2.0])),
        z_err=each(ERRORS),
        z_precision=each(ERRORS),
        date=each(DATES),
        lines=pa.array(each(st.sampled_from([None, 1, 2])), pa.int32()),
    )


@st.composite
def recipes(draw: st.DrawFn) -> CombineRecipe:
    """Presets as they are, and recipes that resemble none."""
    preset = draw(st.sampled_from([None, None, "training", "reference", "complete"]))
    if preset is not None:
        return a_recipe(preset=preset)
    criteria = st.sampled_from(["quality_flag", "instrument_type", "z_err", "date", "lines", "-lines"])
    return a_recipe(
        priority=tuple(draw(st.lists(criteria, min_size=1, max_size=4, unique=True))),
        dz=draw(st.sampled_from([0.0, 0.001, 0.5])),
        dz_scale=draw(st.sampled_from(["absolute", "one_plus_z", "error"])),
        max_diameter_arcsec=draw(st.sampled_from([None, 0.6, 1.5, 3.0])),
    )
