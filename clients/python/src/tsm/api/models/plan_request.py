from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.crossmatch_recipe import CrossmatchRecipe


T = TypeVar("T", bound="PlanRequest")


@_attrs_define(frozen=True)
class PlanRequest:
    """A recipe to plan.

    Example:
        {'recipe': {'catalog': 'mock.object', 'radius_arcsec': 1.0, 'redshifts':
            'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a'}}

    Attributes:
        recipe (CrossmatchRecipe): A cross-match of redshifts with an object catalog, and what is made of the pairs.
    """

    recipe: CrossmatchRecipe

    def to_dict(self) -> dict[str, Any]:
        recipe = self.recipe.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "recipe": recipe,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.crossmatch_recipe import CrossmatchRecipe  # noqa: PLC0415

        d = dict(src_dict)
        recipe = CrossmatchRecipe.from_dict(d.pop("recipe"))

        return cls(
            recipe=recipe,
        )
