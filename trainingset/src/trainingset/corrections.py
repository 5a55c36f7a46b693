"""What the magnitudes of a result are corrected for, by which numbers; fluxes never are."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from trainingset.extinction import extinction_of
from trainingset.recipe import CrossmatchRecipe, Dereddening, ZeroPoints
from trainingset.registry import BandNumbers, CatalogEntry, Extinction

__all__ = ["Corrections"]


class Corrections(BaseModel):
    """Corrections of magnitudes with their numbers and sources, part of every provenance record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dereddening: Dereddening = Dereddening.NONE
    extinction: Extinction | None = None
    """Coefficients by band, and where they come from; corrected magnitudes are columns of their own."""
    ebv_column: str | None = None
    """Column with E(B-V) that the coefficients go with."""
    zero_points: BandNumbers | None = None
    """Offsets that were taken off all magnitudes of a band."""
    is_catalog_dereddened: bool = False
    """Whether the catalog's own fluxes, and with them all magnitudes, are corrected for dust already."""

    @classmethod
    def of(cls, recipe: CrossmatchRecipe, entry: CatalogEntry) -> "Corrections":
        """What a recipe asks for, as far as the catalog's entry has it."""
        is_dereddened = recipe.dereddening is not Dereddening.NONE
        return cls(
            dereddening=recipe.dereddening,
            extinction=extinction_of(entry, recipe.dereddening),
            ebv_column=entry.ebv_column if is_dereddened else None,
            zero_points=entry.zero_points if recipe.zero_points is ZeroPoints.RELEASE else None,
            is_catalog_dereddened=entry.is_dereddened,
        )

    def coefficient(self, band: str) -> float | None:
        """A(band)/E(B-V), None where the band cannot be or is not to be dereddened."""
        if self.extinction is None or self.ebv_column is None:
            return None
        return self.extinction.coefficients.get(band)

    def zero_point_offset(self, band: str) -> float:
        """Magnitudes that are taken off; 0 for none."""
        return 0.0 if self.zero_points is None else self.zero_points.values.get(band, 0.0)

    def facts(self) -> dict[str, str]:
        """The corrections in words, by the names that they have in the head of a table."""
        facts = {"magnitude_corrections": self._summary()}
        if self.extinction is not None:
            facts["extinction"] = f"{self.dereddening}: {_by_band(self.extinction.coefficients)}"
            facts["extinction_source"] = self.extinction.source
            facts["ebv_column"] = self.ebv_column or ""
        if self.zero_points is not None:
            facts["zero_point_offsets"] = _by_band(self.zero_points.values)
            facts["zero_point_source"] = self.zero_points.source
        return facts

    def _summary(self) -> str:
        told = []
        if self.is_catalog_dereddened:
            told.append("dust in the Milky Way (by the catalog itself)")
        if self.extinction is not None:
            told.append("dust in the Milky Way (magnitudes whose names end in _dered alone)")
        if self.zero_points is not None:
            told.append("zero-point offsets (all magnitudes)")
        return "; ".join(told) or "none"


def _by_band(numbers: Mapping[str, float]) -> str:
    return ",".join(f"{band}={number!r}" for band, number in numbers.items())
