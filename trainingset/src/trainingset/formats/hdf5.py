"""HDF5 as photo-z codes read it: one dataset for each column, in the names and conventions of a profile."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import description_of
from trainingset.columns import ColumnDescription
from trainingset.formats.absent import absent_integers, type_that_holds
from trainingset.formats.big_endian import numbers, padded
from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.hdf5_profile import ProfileConventions, conventions_of, photometric_layout
from trainingset.formats.info import Info
from trainingset.layout import BandLayout, TableLayout
from trainingset.recipe import Hdf5Profile

__all__ = ["write_hdf5"]

_NULL_LOGICAL = -1
"""Stands for null in a boolean column that has nulls, which then is one of 8-bit integers."""
_WIDEST_FIXED = 1024
"""Bytes up to which texts always have a fixed width; longer ones only where that costs little."""


@dataclass(frozen=True)
class _Dataset:
    """One dataset, and how it is made of the columns of a batch."""

    name: str
    description: ColumnDescription
    source: str
    """Column that it is made of."""
    storage: Any
    """Type of its values, as h5py takes it."""
    null: int | str | None = None
    """What stands for null, where anything does."""
    state: str | None = None
    """Column that tells whether the band was detected, for magnitudes and their errors."""
    not_detected: float = math.nan
    not_observed: float = math.nan

    def values(self, batch: pa.RecordBatch) -> Any:
        column = batch[self.source]
        if self.state is not None:
            return self._magnitudes(column, batch[self.state])
        if pa.types.is_string(column.type):
            return self._texts(column)
        if pa.types.is_boolean(column.type):
            return self._logicals(column)
        if pa.types.is_floating(column.type):
            return numbers(column, null=math.nan)
        return numbers(column.cast(_arrow_type(self.storage)), null=self.null if isinstance(self.null, int) else 0)

    def _magnitudes(self, column: pa.Array, states: pa.Array) -> npt.NDArray[np.float64]:
        magnitudes = numbers(column.cast(pa.float64()), null=math.nan)
        is_detected = pc.fill_null(pc.equal(states, "detected"), False).to_numpy(zero_copy_only=False)
        is_not_detected = pc.fill_null(pc.equal(states, "not_detected"), False).to_numpy(zero_copy_only=False)
        values = np.where(is_not_detected, self.not_detected, self.not_observed)
        return np.where(is_detected & np.isfinite(magnitudes), magnitudes, values)

    def _texts(self, column: pa.Array) -> Any:
        # A NUL would end the text for every reader.
        texts = pc.replace_substring(pc.fill_null(column, str(self.null or "")), "\0", "?")
        if self.storage.kind == "O":
            return np.array(texts.to_pylist(), object)
        return padded(texts, self.storage.itemsize).view(self.storage).reshape(len(texts))

    def _logicals(self, column: pa.Array) -> npt.NDArray[Any]:
        if self.null is None:
            return np.asarray(column.to_numpy(zero_copy_only=False), np.bool_)
        return np.asarray(pc.fill_null(column.cast(pa.int8()), _NULL_LOGICAL).to_numpy(zero_copy_only=False))

    def attributes(self) -> dict[str, object]:
        """What the dataset says of itself."""
        description = self.description
        texts = {"unit": description.unit, "ucd": description.ucd, "description": description.description}
        named: dict[str, object] = {"datatype": description.datatype.value}
        named |= {key: _plain(text) for key, text in texts.items() if text}
        if self.name != description.name:
            named["column"] = _plain(description.name)
        if self.null is not None:
            named["null_value"] = self.null
        return named


def write_hdf5(
    source: CanonicalTable, target: Path, *, infos: Sequence[Info], overflow: bool, profile: Hdf5Profile
) -> None:
    """Write a file that photo-z codes read with h5py or tables_io.

    Raises
    ------
    ValueError
        If the table does not tell its magnitudes, has none, or lost some.
    """
    layout, conventions = photometric_layout(source), conventions_of(profile)
    datasets = _datasets(source, layout, conventions)
    # From this version of the format on, an attribute may be longer than 64 KiB.
    with h5py.File(target, "w", libver=("v108", "v110")) as file:
        _write_attributes(file, _facts(infos, layout, profile, overflow=overflow))
        group = file.create_group(conventions.group) if conventions.group else file
        made = [group.create_dataset(item.name, (source.n_rows,), item.storage) for item in datasets]
        for item, dataset in zip(datasets, made, strict=True):
            _write_attributes(dataset, item.attributes())
        start = 0
        for batch in source.batches():
            stop = start + batch.num_rows
            for item, dataset in zip(datasets, made, strict=True):
                dataset[start:stop] = item.values(batch)
            start = stop


def _datasets(source: CanonicalTable, layout: TableLayout, conventions: ProfileConventions) -> list[_Dataset]:
    """The profile's own first, then every other column under its own name."""
    storages = _Storages(source)
    own = {conventions.object_id: layout.object_id, conventions.redshift: layout.redshift}
    datasets = [storages.dataset(name, column) for name, column in own.items()]
    for band, columns in layout.bands.items():
        datasets += _magnitudes(source, band, columns, conventions)
    taken = {item.name for item in datasets}
    told = {item.source for item in datasets if item.name == item.source} | {layout.object_id, layout.redshift}
    for column in source.schema.names:
        if column not in told:
            name = _free_name(column, taken)
            taken.add(name)
            datasets.append(storages.dataset(name, column))
    return datasets


def _magnitudes(
    source: CanonicalTable, band: str, columns: BandLayout, conventions: ProfileConventions
) -> tuple[_Dataset, _Dataset]:
    names = conventions.magnitude(band, columns), conventions.magnitude_error(band, columns)
    marks = conventions.not_observed, conventions.error_not_observed
    magnitude, error = (
        _Dataset(
            name,
            _with_marks(description_of(source.schema.field(column)), conventions.not_detected, not_observed),
            column,
            np.dtype(np.float64),
            state=columns.state,
            not_detected=conventions.not_detected,
            not_observed=not_observed,
        )
        for name, column, not_observed in zip(names, (columns.magnitude, columns.magnitude_error), marks, strict=True)
    )
    return magnitude, error


def _with_marks(description: ColumnDescription, not_detected: float, not_observed: float) -> ColumnDescription:
    text = (
        f"{description.description or description.name}; {not_detected:g} not detected, {not_observed:g} not observed"
    )
    return description.model_copy(update={"description": text})


class _Storages:
    """Types of the datasets, for which every column that has no type of its own in HDF5 is looked through once."""

    def __init__(self, source: CanonicalTable) -> None:
        self._source = source
        self._integers = absent_integers(source)
        self._has_null, self._texts = _measure(source)

    def dataset(self, name: str, column: str) -> _Dataset:
        """A dataset with the values of the column."""
        field = self._source.schema.field(column)
        storage, null = self._storage(field)
        return _Dataset(name, description_of(field), column, storage, null)

    def _storage(self, field: pa.Field) -> tuple[Any, int | str | None]:
        if pa.types.is_string(field.type):
            return self._text_storage(field.name)
        if pa.types.is_boolean(field.type):
            has_null = field.name in self._has_null
            return (np.dtype(np.int8), _NULL_LOGICAL) if has_null else (np.dtype(np.bool_), None)
        null = self._integers.get(field.name)
        datatype = type_that_holds(null, field.type) if pa.types.is_integer(field.type) else field.type
        return np.dtype(datatype.to_pandas_dtype()), null

    def _text_storage(self, column: str) -> tuple[Any, str | None]:
        texts = self._texts[column]
        null = None
        if column in self._has_null:
            # Longer than any other text, if the empty one is taken.
            null = "null".ljust(texts.longest + 1, "_") if texts.has_empty else ""
        longest = max(texts.longest, len(null or ""), 1)
        if longest > _WIDEST_FIXED and longest * self._source.n_rows > 4 * texts.total:
            return h5py.string_dtype(), null
        return h5py.string_dtype(length=longest), null


@dataclass
class _Texts:
    """Sizes of the texts of a column, in bytes of UTF-8."""

    longest: int = 0
    total: int = 0
    has_empty: bool = False


def _measure(source: CanonicalTable) -> tuple[set[str], dict[str, _Texts]]:
    """Names of the text and boolean columns with nulls, and sizes of the texts."""
    kinds = (pa.types.is_string, pa.types.is_boolean)
    names = tuple(field.name for field in source.schema if any(kind(field.type) for kind in kinds))
    has_null: set[str] = set()
    texts = {name: _Texts() for name in names if pa.types.is_string(source.schema.field(name).type)}
    for batch in source.batches(names) if names else ():
        has_null |= {name for name in names if batch[name].null_count}
        for name, extent in texts.items():
            lengths = pc.binary_length(batch[name])
            extent.longest = max(extent.longest, pc.max(lengths).as_py() or 0)
            extent.total += pc.sum(lengths).as_py() or 0
            extent.has_empty |= bool(pc.any(pc.equal(lengths, 0)).as_py())
    return has_null, texts


def _free_name(column: str, taken: Iterable[str]) -> str:
    """The column's own name, but for what HDF5 takes for a path, and with a number where a profile's name is alike."""
    base = column.replace("/", "_").replace("\0", "_")
    base = base if base.strip(".") else base.replace(".", "_") or "_"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def _facts(infos: Sequence[Info], layout: TableLayout, profile: Hdf5Profile, *, overflow: bool) -> Mapping[str, object]:
    """Facts by name; one that occurs several times is a list."""
    texts: dict[str, list[str]] = {"QUERY_STATUS": ["OVERFLOW" if overflow else "OK"]}
    for info in infos:
        texts.setdefault(info.name, []).append(_plain(info.value))
    facts: dict[str, object] = {_plain(name): text[0] if len(text) == 1 else text for name, text in texts.items()}
    corrected = {"catalog": layout.catalog, "release": layout.release, "flux_kind": layout.flux_kind}
    return facts | {"profile": profile.value, "dereddening": layout.dereddening or "none"} | corrected


def _write_attributes(holder: h5py.HLObject, attributes: Mapping[str, object]) -> None:
    for name, value in attributes.items():
        holder.attrs[name] = value


def _plain(text: str) -> str:
    """Text without NUL, which HDF5 cannot hold."""
    return text.replace("\0", "?")


def _arrow_type(storage: np.dtype[Any]) -> pa.DataType:
    return pa.from_numpy_dtype(storage)
