"""``training_set.plot``: the plots as methods."""

from typing import TYPE_CHECKING, Any

from tsm import plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tsm.sets.training_set import TrainingSet

__all__ = ["Plots"]


class Plots:
    """Plots of one training set; each method is the function of its name in `tsm.plots`.

    Examples
    --------
    >>> figure = ts.plot.sky_map()
    """

    def __init__(self, training_set: "TrainingSet") -> None:
        self._training_set = training_set

    def __repr__(self) -> str:
        return f"<plots: {', '.join(plots.__all__)}>"

    def redshift_distribution(self, **options: Any) -> "Figure":
        """Redshifts by survey and by subset, see `tsm.plots.redshift_distribution`."""
        return plots.redshift_distribution(self._training_set, **options)

    def magnitude_distribution(self, **options: Any) -> "Figure":
        """Magnitudes by band, see `tsm.plots.magnitude_distribution`."""
        return plots.magnitude_distribution(self._training_set, **options)

    def color_distribution(self, **options: Any) -> "Figure":
        """Colors of neighboring bands, see `tsm.plots.color_distribution`."""
        return plots.color_distribution(self._training_set, **options)

    def sky_map(self, **options: Any) -> "Figure":
        """Where the rows are, see `tsm.plots.sky_map`."""
        return plots.sky_map(self._training_set, **options)

    def separations(self, **options: Any) -> "Figure":
        """Separations and what chance would make, see `tsm.plots.separations`."""
        return plots.separations(self._training_set, **options)

    def astrometric_offsets(self, **options: Any) -> "Figure":
        """Offsets by survey, see `tsm.plots.astrometric_offsets`."""
        return plots.astrometric_offsets(self._training_set, **options)

    def missing_bands(self, **options: Any) -> "Figure":
        """Bands without a detection by survey, see `tsm.plots.missing_bands`."""
        return plots.missing_bands(self._training_set, **options)
