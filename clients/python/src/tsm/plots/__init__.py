"""Plots of training sets and compilations; each makes a matplotlib figure that is readable in gray.

They take a `tsm.TrainingSet` or any table that has its columns: a data frame, an Arrow or astropy table, a mapping of
arrays. Matplotlib comes with ``pip install "pz-tsm[plots]"`` and is loaded by the first plot. Figures are free of
`matplotlib.pyplot`: they need no display, show in notebooks, and are saved by ``figure.savefig("n_of_z.pdf")``.

The plots of compilations take a `tsm.Compilation`, the numbers of its report, or a table with the columns of one.

Examples
--------
>>> figure = tsm.plots.redshift_distribution(ts)
>>> figure.savefig("n_of_z.png")
"""

from tsm.plots.bands import missing_bands
from tsm.plots.compilation.agreement import compilation_agreement
from tsm.plots.compilation.counts import compilation_counts
from tsm.plots.compilation.redshifts import compilation_redshifts
from tsm.plots.compilation.repeats import compilation_repeats
from tsm.plots.compilation.sky import compilation_sky
from tsm.plots.distributions import color_distribution, magnitude_distribution, redshift_distribution
from tsm.plots.offsets import astrometric_offsets
from tsm.plots.separations import separations
from tsm.plots.sky import sky_map

__all__ = [
    "astrometric_offsets",
    "color_distribution",
    "compilation_agreement",
    "compilation_counts",
    "compilation_redshifts",
    "compilation_repeats",
    "compilation_sky",
    "magnitude_distribution",
    "missing_bands",
    "redshift_distribution",
    "separations",
    "sky_map",
]
