from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.combine_recipe import CombineRecipe
    from ..models.crossmatch_recipe import CrossmatchRecipe


T = TypeVar("T", bound="JobCreation")


@_attrs_define(frozen=True)
class JobCreation:
    """A job to make.

    Example:
        {'recipe': {'catalog': 'mock.object', 'formats': ['parquet', 'fits'], 'radius_arcsec': 1.0, 'redshifts':
            'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a', 'split': {'test': 0.2, 'train': 0.8}, 'where': 'i_gaap1p0SNR > 10'},
            'run_id': 'zCOSMOS pilot'}

    Attributes:
        recipe (CombineRecipe | CrossmatchRecipe):
        run_id (None | str | Unset):
        execution_duration (int | None | Unset): Wall-clock seconds that it may run; the service's limit holds. 0 = as
            long as allowed.
        destruction (datetime.datetime | None | Unset): When its results are removed; the limit holds.
        start (bool | Unset): False leaves it PENDING, to be run later. Default: True.
    """

    recipe: CombineRecipe | CrossmatchRecipe
    run_id: None | str | Unset = UNSET
    execution_duration: int | None | Unset = UNSET
    destruction: datetime.datetime | None | Unset = UNSET
    start: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        from ..models.crossmatch_recipe import CrossmatchRecipe  # noqa: PLC0415

        recipe: dict[str, Any]
        if isinstance(self.recipe, CrossmatchRecipe):
            recipe = self.recipe.to_dict()
        else:
            recipe = self.recipe.to_dict()

        run_id: None | str | Unset
        if isinstance(self.run_id, Unset):
            run_id = UNSET
        else:
            run_id = self.run_id

        execution_duration: int | None | Unset
        if isinstance(self.execution_duration, Unset):
            execution_duration = UNSET
        else:
            execution_duration = self.execution_duration

        destruction: None | str | Unset
        if isinstance(self.destruction, Unset):
            destruction = UNSET
        elif isinstance(self.destruction, datetime.datetime):
            destruction = self.destruction.isoformat()
        else:
            destruction = self.destruction

        start = self.start

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "recipe": recipe,
            }
        )
        if run_id is not UNSET:
            field_dict["run_id"] = run_id
        if execution_duration is not UNSET:
            field_dict["execution_duration"] = execution_duration
        if destruction is not UNSET:
            field_dict["destruction"] = destruction
        if start is not UNSET:
            field_dict["start"] = start

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.combine_recipe import CombineRecipe  # noqa: PLC0415
        from ..models.crossmatch_recipe import CrossmatchRecipe  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_recipe(data: object) -> CombineRecipe | CrossmatchRecipe:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                recipe_type_0 = CrossmatchRecipe.from_dict(data)

                return recipe_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            recipe_type_1 = CombineRecipe.from_dict(data)

            return recipe_type_1

        recipe = _parse_recipe(d.pop("recipe"))

        def _parse_run_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        run_id = _parse_run_id(d.pop("run_id", UNSET))

        def _parse_execution_duration(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        execution_duration = _parse_execution_duration(d.pop("execution_duration", UNSET))

        def _parse_destruction(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                destruction_type_0 = datetime.datetime.fromisoformat(data)

                return destruction_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        destruction = _parse_destruction(d.pop("destruction", UNSET))

        start = d.pop("start", UNSET)

        return cls(
            recipe=recipe,
            run_id=run_id,
            execution_duration=execution_duration,
            destruction=destruction,
            start=start,
        )
