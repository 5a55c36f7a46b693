"""Columns of positions (SkyCoord) that Astropy wrote as several plain ones: their frame stands in a YAML header."""

from collections.abc import Iterable, Iterator
from typing import Any

from trainingset.frames import frame_of_votable
from trainingset.readers.raw import RawColumn
from trainingset.readers.yaml_header import HeaderError, read_yaml_header

__all__ = ["meta_of_comments", "pairs_of", "with_frames"]

_BEGIN, _END = "--BEGIN-ASTROPY-SERIALIZED-COLUMNS--", "--END-ASTROPY-SERIALIZED-COLUMNS--"
_AXES = {
    "ra": "pos.eq.ra",
    "dec": "pos.eq.dec",
    "l": None,
    "b": None,
    "sgl": None,
    "sgb": None,
    "lon": None,
    "lat": None,
}
"""Names of coordinates in Astropy, with their UCD where they are equatorial."""

_J2000, _DAYS_OF_YEAR = 2_451_545.0, 365.25


def pairs_of(meta: object) -> dict[str, Any]:
    """Metadata as a mapping; Astropy writes it as an ordered map, a list of pairs."""
    if isinstance(meta, dict):
        return meta
    pairs = meta if isinstance(meta, list) else []
    return {str(pair[0]): pair[1] for pair in pairs if isinstance(pair, tuple) and len(pair) == 2}


def with_frames(columns: Iterable[RawColumn], meta: object) -> tuple[RawColumn, ...]:
    """Columns with the frames that a header's metadata tell of them."""
    found = dict(_components(pairs_of(meta).get("__serialized_columns__")))
    return tuple(
        column._replace(frame=found[column.name][0], ucd=column.ucd or found[column.name][1])
        if column.name in found
        else column
        for column in columns
    )


def meta_of_comments(comments: Iterable[str]) -> object:
    """Metadata that Astropy leaves in the comments of a FITS header, None where there are none."""
    text = "".join(line[:-1] if line.endswith("\\") else f"{line}\n" for line in comments)
    _, begin, rest = text.partition(_BEGIN)
    block, end, _ = rest.partition(_END)
    if not (begin and end):
        return None
    try:
        header = read_yaml_header(block)
    except HeaderError:
        # Comments are no part of the table: a damaged one is no reason to refuse it.
        return None
    return header.get("meta") if isinstance(header, dict) else None


def _components(serialized: object) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """Column, frame and UCD of each coordinate."""
    for position in serialized.values() if isinstance(serialized, dict) else ():
        if not isinstance(position, dict) or not str(position.get("__class__")).endswith("SkyCoord"):
            continue
        frame = frame_of_votable(str(position.get("frame", "")), _equinox(position.get("equinox")))
        for axis, ucd in _AXES.items():
            component = position.get(axis)
            component = component.get("value", component) if isinstance(component, dict) else None
            if isinstance(component, dict) and "name" in component:
                yield str(component["name"]), (frame, ucd)


def _equinox(time: object) -> str:
    """Equinox of a frame, which Astropy writes as a Julian date."""
    if not isinstance(time, dict):
        return ""
    day, rest = time.get("jd1"), time.get("jd2") or 0.0
    if not isinstance(day, float | int) or not isinstance(rest, float | int):
        return ""
    return f"J{2000 + (float(day) + float(rest) - _J2000) / _DAYS_OF_YEAR:.3f}"
