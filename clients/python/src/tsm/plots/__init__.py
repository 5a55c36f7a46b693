"""Plots of training sets; each makes a matplotlib figure that is readable in gray.

They take a `tsm.TrainingSet` or any table that has its columns: a data frame, an Arrow or astropy table, a mapping of
arrays. Matplotlib comes with ``pip install "pz-tsm[plots]"`` and is loaded by the first plot. Figures are free of
`matplotlib.pyplot`: they need no display, show in notebooks, and are saved by ``figure.savefig("n_of_z.pdf")``.

Examples
--------
>>> figure = tsm.plots.redshift_distribution(ts)
>>> figure.savefig("n_of_z.png")
"""

from tsm.plots.bands import missing_bands
from tsm.plots.distributions import color_distribution, magnitude_distribution, redshift_distribution
from tsm.plots.offsets import astrometric_offsets
from tsm.plots.separations import separations
from tsm.plots.sky import sky_map

__all__ = [
    "astrometric_offsets",
    "color_distribution",
    "magnitude_distribution",
    "missing_bands",
    "redshift_distribution",
    "separations",
    "sky_map",
]
