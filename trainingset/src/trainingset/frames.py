"""Frames of positions: as files declare them, which ones are converted to ICRS, and what to do about the others.

A frame is written as one text: ``icrs``, ``galactic``, ``fk5 J2000``, ``fk4 B1950``. It travels as the metadata
``frame`` of a column, or of a whole table where a file declares it for all. Light: words only.
"""

import re

__all__ = [
    "FRAME_KEY",
    "ICRS",
    "conversion_advice",
    "frame_of_fits",
    "frame_of_text",
    "frame_of_votable",
    "frame_of_words",
    "is_convertible",
]

FRAME_KEY = b"frame"
"""Key of the metadata that holds a frame."""

ICRS = "icrs"

_VOTABLE_SYSTEMS: dict[str, str] = {
    "icrs": ICRS,
    "icrf": ICRS,
    "eq_fk5": "fk5",
    "fk5": "fk5",
    "eq_fk4": "fk4",
    "fk4": "fk4",
    "galactic": "galactic",
    "supergalactic": "supergalactic",
    "super_galactic": "supergalactic",
    "ecl_fk5": "ecliptic",
    "ecl_fk4": "ecliptic",
    "ecliptic": "ecliptic",
    # Words that tell no frame; catalogs of this century mean ICRS by them.
    "equatorial": ICRS,
    "unknown": ICRS,
    "": ICRS,
}
"""Frames by the words of COOSYS, those of VOTable 1.4 and those of the vocabulary since 1.5, in lower case."""

_FITS_SYSTEMS: dict[str, str] = {"icrs": ICRS, "fk5": "fk5", "fk4": "fk4", "fk4-no-e": "fk4noeterms"}
"""Frames by the words of RADESYS; GAPPT is none of ours."""

_EQUINOXES = {"fk5": "J2000", "fk4": "B1950", "fk4noeterms": "B1950"}
"""What a frame without an equinox means."""

_EQUINOX = re.compile(r"\s*([JB]?)\s*(\d{4}(?:\.\d+)?)\s*", re.IGNORECASE)

_CONVERTIBLE = re.compile(r"icrs|galactic|supergalactic|fk5 [JB](1[5-9]|2[0-4])\d\d(\.\d{1,6})?")
"""Precession is good for some centuries around the present."""

_UCDS = {"pos.galactic": "galactic", "pos.ecliptic": "ecliptic", "pos.supergalactic": "supergalactic"}
_NAMES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"_?(glon|glat|gal_?l(on|at)?|gal_?b|galactic_?(l(on(gitude)?|at(itude)?)?|b)|.+\.[lb])"), "galactic"),
    (re.compile(r"_?(sgl|sgb|sgl(on|at)|supergal.*)"), "supergalactic"),
    (re.compile(r"_?(elon|elat|ecl_?(lon|lat)|ecliptic_?l(on(gitude)?|at(itude)?)|eclon|eclat)"), "ecliptic"),
    (re.compile(r"_?(ra|de|dec)_?b?_?1950(_?0)?"), "fk4 B1950"),
)
"""Names that tell another frame than ICRS, in lower case."""

_ASTROPY_NAMES: dict[str, str] = {
    **{name: name for name in ("fk5", "fk4", "fk4noeterms", "galactic", "supergalactic")},
    "ecliptic": "barycentricmeanecliptic",
}
"""Frames by the names that astropy gives them; its ecliptic here is that of most catalogs, of J2000."""


def frame_of_votable(system: str, equinox: str = "") -> str:
    """Frame of a COOSYS element."""
    word = system.strip().casefold()
    return _with_equinox(_VOTABLE_SYSTEMS.get(word, word), equinox)


def frame_of_text(text: str) -> str:
    """Frame of a text in column metadata, in whatever case: ``FK5``, ``fk5 J2000``."""
    system, _, equinox = text.strip().partition(" ")
    return frame_of_votable(system, equinox)


def frame_of_fits(radesys: str, equinox: str) -> str | None:
    """Frame of RADESYS and EQUINOX as the FITS standard reads them, None where neither is there."""
    if radesys.strip():
        word = radesys.strip().casefold()
        return _with_equinox(_FITS_SYSTEMS.get(word, word), equinox)
    year = _EQUINOX.fullmatch(equinox)
    if year is None:
        return None
    # The standard's rule for an equinox without a system (Calabretta and Greisen 2002, A&A 395, 1077).
    return _with_equinox("fk4" if float(year[2]) < 1984 else "fk5", equinox)


def frame_of_words(name: str, ucd: str | None) -> str | None:
    """Frame that a column's UCD or name tells, None where they tell none besides ICRS."""
    word = (ucd or "").casefold()
    for start, frame in _UCDS.items():
        if word.startswith(start):
            return frame
    return next((frame for pattern, frame in _NAMES if pattern.fullmatch(name.casefold())), None)


def is_convertible(frame: str) -> bool:
    """Whether positions in this frame become ICRS ones by a rotation that nothing else enters."""
    return bool(_CONVERTIBLE.fullmatch(frame))


def conversion_advice(frame: str, longitude: str, latitude: str) -> str:
    """What to do about two columns of a table in this frame: the line of astropy that makes ICRS positions of them."""
    name, _, equinox = frame.partition(" ")
    if name not in _ASTROPY_NAMES:
        return "convert them to ICRS degrees before."
    arguments = f"table[{longitude!r}], table[{latitude!r}], unit='deg', frame={_ASTROPY_NAMES[name]!r}"
    if equinox:
        arguments += f", equinox={equinox!r}"
    if name.startswith("fk4"):
        # FK4 rotates against FK5, so the epoch of the observation enters.
        arguments += ", obstime=EPOCH"
    advice = f"convert them (astropy: icrs = SkyCoord({arguments}).icrs)"
    advice += " with the epoch at which they were measured as EPOCH" if name.startswith("fk4") else ""
    return f"{advice}, and send icrs.ra.deg and icrs.dec.deg."


def _with_equinox(frame: str, equinox: str) -> str:
    if frame not in _EQUINOXES:
        return frame
    if not equinox.strip():
        return f"{frame} {_EQUINOXES[frame]}"
    parts = _EQUINOX.fullmatch(equinox)
    if parts is None:
        # Kept as it is, so that nobody takes it for the usual one.
        return f"{frame} {equinox.strip()[:40]}"
    letter = parts[1].upper() or _EQUINOXES[frame][0]
    return f"{frame} {letter}{float(parts[2]):.10g}"
