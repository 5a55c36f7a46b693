"""How far redshifts and their objects are apart, and how far chance alone would put them."""

from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.figure import new_figure, plain_axes
from tsm.plots.histograms import finite_range, legend, round_edges
from tsm.plots.source import FloatArray, source_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tsm.plots.source import Plottable

__all__ = ["expected_by_chance", "separations"]


def separations(table: "Plottable") -> "Figure":
    r"""Separations of pairs, with the number of pairs that unrelated objects would make.

    Parameters
    ----------
    table
        A training set, or a table with ``separation_arcsec`` and, for the curve, ``chance_probability``.

    Notes
    -----
    Objects that have nothing to do with a redshift are strewn around it with the density :math:`\rho` of its
    surroundings. The probability that one of them lies within :math:`s` is
    :math:`p = 1 - \exp(-\pi \rho s^2)`, the column ``chance_probability`` for the separation of the pair; so
    :math:`\rho = -\ln(1 - p) / (\pi s^2)` is known for each pair. A redshift whose nearest object is not nearer than
    :math:`a` meets an unrelated one between :math:`a` and :math:`b` with probability
    :math:`1 - \exp(-\pi \rho (b^2 - a^2))`. The curve is the sum of that over all pairs at least :math:`a`
    apart, and over the redshifts without an object, for which the mean over all pairs is taken. (Their number
    comes from the provenance record; for other tables it is that of rows without a separation.) Where the histogram
    comes down to the curve, pairs are chance. With ``match=all`` pairs of higher rank are counted alike.

    Examples
    --------
    >>> figure = tsm.plots.separations(ts)
    """
    source = source_of(table)
    source.require("separation_arcsec")
    values = source.floats("separation_arcsec")
    high = max(finite_range(values, "separation_arcsec")[1], source.facts.get("radius_arcsec", 0.0))
    edges = round_edges(0.0, high)
    counts = np.histogram(values[np.isfinite(values)], edges)[0]
    figure = new_figure(5.6, 3.8)
    axis = figure.subplots()
    plain_axes(axis)
    axis.stairs(counts, edges, fill=True, color="#b9cfe4", edgecolor="#2f5d8a", label=f"pairs ({counts.sum():,})")
    floor = 0.5
    if "chance_probability" in source.columns:
        n_pairs = int(np.isfinite(values).sum())
        unmatched = source.facts.get("unmatched_per_match", (len(values) - n_pairs) / n_pairs) * n_pairs
        chances = expected_by_chance(values, source.floats("chance_probability"), edges, unmatched=unmatched)
        label = f"expected by chance ({chances.sum():.3g})"
        axis.stairs(chances, edges, baseline=None, color="#1a1a1a", linestyle=(0, (5, 2)), linewidth=1.6, label=label)
        floor = min(floor, chances[chances > 0].min(initial=floor))
    if "radius_arcsec" in source.facts:
        radius = source.facts["radius_arcsec"]
        axis.axvline(radius, color="0.35", linestyle=":", linewidth=1.4, label=f"match radius {radius:g} arcsec")
    axis.set_yscale("log")
    axis.set_ylim(floor / 2, 2 * max(counts.max(), 1))
    axis.set_xlim(0, edges[-1])
    axis.set_xlabel("Separation of redshift and object [arcsec]")
    axis.set_ylabel(f"Pairs per {edges[1] - edges[0]:.3g} arcsec")
    legend(axis)
    return figure


def expected_by_chance(
    separation_arcsec: FloatArray, chance_probability: FloatArray, edges: FloatArray, *, unmatched: float = 0.0
) -> FloatArray:
    """Unrelated objects that are expected to be the nearest ones, in each bin of separation.

    Parameters
    ----------
    separation_arcsec, chance_probability
        Of each pair, shape (n,); rows without a finite positive separation are left out.
    edges
        Of the bins in arcsec, shape (m + 1,).
    unmatched
        Redshifts that have no object within the last edge.

    Returns
    -------
    FloatArray
        Shape (m,). The formula is in the notes of `separations`.
    """
    is_known = (separation_arcsec > 0) & (chance_probability < 1)
    separation, chance = separation_arcsec[is_known], chance_probability[is_known]
    density = -np.log1p(-chance) / (np.pi * separation**2)
    expected = np.zeros(len(edges) - 1)
    if not len(density):
        return expected
    # One bin after the other: all at once would hold rows times bins.
    for number in range(len(expected)):
        inner, outer = edges[number : number + 2]
        meets = -np.expm1(-np.pi * density * (outer**2 - inner**2))
        expected[number] = meets[separation >= inner].sum() + unmatched * meets.mean()
    return expected
