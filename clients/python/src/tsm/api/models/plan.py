from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.crossmatch_recipe import CrossmatchRecipe
    from ..models.problem import Problem


T = TypeVar("T", bound="Plan")


@_attrs_define(frozen=True)
class Plan:
    """What a recipe would do. Counts are null where nothing can be told, as with problems.

    Example:
        {'bytes_to_read': 81264640, 'expected_rows': 4120, 'memory_bytes': 683181000, 'n_partitions': 17, 'n_redshifts':
            20173, 'n_redshifts_in_footprint': 4120, 'n_row_groups': 158, 'notes': ['expected_rows is an upper bound: every
            redshift in the footprint is counted as matched.'], 'problems': [], 'recipe': {'catalog': 'mock.object',
            'redshifts': 'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a'}, 'seconds': 1.3}

    Attributes:
        n_redshifts (int | None): Rows of the redshift source.
        n_redshifts_in_footprint (int | None): Redshifts in HEALPix pixels that hold objects.
        n_partitions (int | None): Partitions of the object catalog that hold redshifts.
        n_row_groups (int | None): Row groups that are read, estimated from the mean size of the catalog's: no footer is
            opened.
        bytes_to_read (int | None): Bytes of object columns, as compressed in their files.
        expected_rows (int | None): Rows of the result: at most one for each redshift in the footprint, with `match=all`
            an estimate.
        memory_bytes (int | None): Peak memory of the process that computes, libraries included. It hardly depends on
            the catalog.
        seconds (float | None): Time that the job runs, without its turn in the queue: by the last jobs of this service
            where there were any, else as on two cores that have nothing else to do.
        problems (list[Problem]): All that is wrong with the recipe: what making a job would say.
        recipe (CrossmatchRecipe | None): With every default resolved; null with problems.
        notes (list[str]): What the numbers leave out, in sentences.
    """

    n_redshifts: int | None
    n_redshifts_in_footprint: int | None
    n_partitions: int | None
    n_row_groups: int | None
    bytes_to_read: int | None
    expected_rows: int | None
    memory_bytes: int | None
    seconds: float | None
    problems: list[Problem]
    recipe: CrossmatchRecipe | None
    notes: list[str]
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        from ..models.crossmatch_recipe import CrossmatchRecipe  # noqa: PLC0415

        n_redshifts: int | None
        n_redshifts = self.n_redshifts

        n_redshifts_in_footprint: int | None
        n_redshifts_in_footprint = self.n_redshifts_in_footprint

        n_partitions: int | None
        n_partitions = self.n_partitions

        n_row_groups: int | None
        n_row_groups = self.n_row_groups

        bytes_to_read: int | None
        bytes_to_read = self.bytes_to_read

        expected_rows: int | None
        expected_rows = self.expected_rows

        memory_bytes: int | None
        memory_bytes = self.memory_bytes

        seconds: float | None
        seconds = self.seconds

        problems = []
        for problems_item_data in self.problems:
            problems_item = problems_item_data.to_dict()
            problems.append(problems_item)

        recipe: dict[str, Any] | None
        if isinstance(self.recipe, CrossmatchRecipe):
            recipe = self.recipe.to_dict()
        else:
            recipe = self.recipe

        notes = self.notes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "n_redshifts": n_redshifts,
                "n_redshifts_in_footprint": n_redshifts_in_footprint,
                "n_partitions": n_partitions,
                "n_row_groups": n_row_groups,
                "bytes_to_read": bytes_to_read,
                "expected_rows": expected_rows,
                "memory_bytes": memory_bytes,
                "seconds": seconds,
                "problems": problems,
                "recipe": recipe,
                "notes": notes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.crossmatch_recipe import CrossmatchRecipe  # noqa: PLC0415
        from ..models.problem import Problem  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_n_redshifts(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        n_redshifts = _parse_n_redshifts(d.pop("n_redshifts"))

        def _parse_n_redshifts_in_footprint(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        n_redshifts_in_footprint = _parse_n_redshifts_in_footprint(d.pop("n_redshifts_in_footprint"))

        def _parse_n_partitions(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        n_partitions = _parse_n_partitions(d.pop("n_partitions"))

        def _parse_n_row_groups(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        n_row_groups = _parse_n_row_groups(d.pop("n_row_groups"))

        def _parse_bytes_to_read(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        bytes_to_read = _parse_bytes_to_read(d.pop("bytes_to_read"))

        def _parse_expected_rows(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        expected_rows = _parse_expected_rows(d.pop("expected_rows"))

        def _parse_memory_bytes(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        memory_bytes = _parse_memory_bytes(d.pop("memory_bytes"))

        def _parse_seconds(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        seconds = _parse_seconds(d.pop("seconds"))

        problems = []
        _problems = d.pop("problems")
        for problems_item_data in _problems:
            problems_item = Problem.from_dict(problems_item_data)

            problems.append(problems_item)

        def _parse_recipe(data: object) -> CrossmatchRecipe | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                recipe_type_0 = CrossmatchRecipe.from_dict(data)

                return recipe_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CrossmatchRecipe | None, data)

        recipe = _parse_recipe(d.pop("recipe"))

        notes = cast(list[str], d.pop("notes"))

        additional_properties = d
        return cls(
            n_redshifts=n_redshifts,
            n_redshifts_in_footprint=n_redshifts_in_footprint,
            n_partitions=n_partitions,
            n_row_groups=n_row_groups,
            bytes_to_read=bytes_to_read,
            expected_rows=expected_rows,
            memory_bytes=memory_bytes,
            seconds=seconds,
            problems=problems,
            recipe=recipe,
            notes=notes,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
