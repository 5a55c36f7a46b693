"""Columns of a compilation: what homogenized rows and resolved groups are made of, declared once."""

import pyarrow as pa

__all__ = ["HOMOGENIZED", "MARKS", "STAR", "WANTED"]

STAR = 6.0
"""Homogenized flag of a star."""

WANTED = "wanted"
"""Column of homogenized rows, never written: whether the recipe's limits (quality, type, stars, z) keep the row."""


def _field(name: str, datatype: pa.DataType, description: str, *, unit: str = "", ucd: str = "") -> pa.Field:
    told = {"description": description, "unit": unit, "ucd": ucd}
    return pa.field(name, datatype, metadata={key: value for key, value in told.items() if value})


HOMOGENIZED = pa.schema(
    [
        _field("id", pa.string(), "Identifier in its survey", ucd="meta.id"),
        _field("ra", pa.float64(), "Right ascension (ICRS)", unit="deg", ucd="pos.eq.ra;meta.main"),
        _field("dec", pa.float64(), "Declination (ICRS)", unit="deg", ucd="pos.eq.dec;meta.main"),
        _field("z", pa.float64(), "Redshift, null where there is none", ucd="src.redshift"),
        _field("z_flag", pa.string(), "Quality flag of the survey, as it spells it", ucd="meta.code.qual;src.redshift"),
        _field("z_err", pa.float64(), "Error of the redshift", ucd="stat.error;src.redshift"),
        _field("instrument_type", pa.string(), "Kind of measurement as the input tells it", ucd="meta.code"),
        _field("survey", pa.string(), "Survey, in capitals", ucd="meta.id;obs"),
        _field("release", pa.string(), "Release of the survey", ucd="meta.version"),
        _field("source", pa.string(), "Input that the row is from", ucd="meta.id"),
        _field("date", pa.float64(), "When it was observed, else published", unit="yr", ucd="time.epoch"),
        _field(
            "z_flag_homogenized",
            pa.float64(),
            "Quality on the common scale: 0 none, 1 tentative, 2 likely, 3 probable, 4 very secure, 6 star",
            ucd="meta.code.qual;src.redshift",
        ),
        _field(
            "instrument_type_homogenized",
            pa.string(),
            "s spectroscopic, g grism or prism, p photometric",
            ucd="meta.code",
        ),
        _field("z_precision", pa.float64(), "Error of the row, else typical precision of the survey", ucd="stat.error"),
        _field("match_radius_arcsec", pa.float64(), "Radius within which it was matched", unit="arcsec"),
    ]
)
"""Homogenized rows; extra columns follow."""

MARKS = pa.schema(
    [
        _field(
            "tie_result",
            pa.int8(),
            "0 repeated and not the best, 1 the row to use, 2 tied with a contradicting one, 3 star",
            ucd="meta.code",
        ),
        _field("compared_to", pa.string(), "Keys of all rows within the match radius, sorted", ucd="meta.id.cross"),
        _field("group_id", pa.int64(), "Number of the galaxy, the same for all its measurements", ucd="meta.id.parent"),
        _field(
            "resolved_by",
            pa.string(),
            "What decided: only, star, a column of the priority, agreement, seed, tie, or an earlier compilation",
            ucd="meta.note",
        ),
        _field("kept_instead", pa.string(), "Key of the row that is kept instead of this one", ucd="meta.id.cross"),
        _field("n_measurements", pa.int32(), "Measurements of this galaxy", ucd="meta.number"),
        _field(
            "z_scatter", pa.float64(), "(largest - smallest) / (1 + median) of the group's redshifts", ucd="stat.stdev"
        ),
    ]
)
"""What is found out about repeated measurements."""
