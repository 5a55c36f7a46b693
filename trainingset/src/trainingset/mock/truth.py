"""What the mock sky truly is: the tables by which purity and completeness are measured."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trainingset.mock.fields import FIELDS
from trainingset.mock.objects import FieldObjects
from trainingset.mock.place import SURVEY_FILES
from trainingset.mock.sources import STAR, Sources
from trainingset.mock.survey_files import native_ids
from trainingset.mock.surveys import SurveyRows

__all__ = ["true_objects", "true_redshifts", "true_sources"]


def true_sources(sky: Sequence[Sources]) -> pa.Table:
    """Every true source: ``source_id``, ``field``, position, redshift, whether it is a star, i magnitude."""
    parts = []
    for field, sources in zip(FIELDS, sky, strict=True):
        ra, dec = field.positions(sources.xi, sources.eta)
        parts.append(
            pa.table(
                {
                    "source_id": sources.source_id,
                    "field": pa.array([field.name] * len(sources)),
                    "ra": ra,
                    "dec": dec,
                    "redshift": sources.redshift,
                    "is_star": sources.kind == STAR,
                    "i_mag": sources.magnitude[:, 3],
                    "half_light_radius": sources.half_light_radius,
                }
            )
        )
    return pa.concat_tables(parts)


def true_objects(sky: Sequence[Sources], objects: Sequence[FieldObjects]) -> pa.Table:
    """Whose light is in which object: ``objectId``, ``source_id``, ``is_dominant``.

    An object has one dominant source, and more sources where the telescope could not tell them apart. A source is
    dominant in two objects where two tracts kept it.
    """
    parts = []
    for sources, seen in zip(sky, objects, strict=True):
        row, source = seen.members.T
        object_id = seen.table["objectId"].to_numpy()
        parts.append(
            pa.table(
                {
                    "objectId": object_id[row],
                    "source_id": sources.source_id[source],
                    "is_dominant": seen.dominant[row] == source,
                }
            )
        )
    return pa.concat_tables(parts)


def true_redshifts(surveys: Sequence[SurveyRows], objects: pa.Table) -> pa.Table:
    """Every row of every survey with its truth.

    ``survey``, ``row`` (from 1, in the survey's file), ``native_id``, ``ra``, ``dec``, ``redshift``, ``quality``
    (0 to 4) as published; ``source_id`` and ``true_redshift`` (null where there is no source), ``objectId`` (the
    object that the source dominates, the smaller id of a duplicate; null without one), ``other_objectId`` (its
    duplicate), ``blended_objectId`` (the object that holds its light but is mostly something else), ``is_star``,
    ``is_wrong``.

    Parameters
    ----------
    surveys
        The surveys, in the order of their files.
    objects
        The table of `true_objects`.
    """
    parts = [_survey_truth(rows) for rows in surveys]
    truth = pa.concat_tables(parts)
    source = truth["source_id"].fill_null(-1).to_numpy()
    dominant = objects["is_dominant"].to_numpy(zero_copy_only=False)
    object_id, object_source = objects["objectId"].to_numpy(), objects["source_id"].to_numpy()
    own, other = _lookup(source, object_source[dominant], object_id[dominant])
    blended, _ = _lookup(source, object_source[~dominant], object_id[~dominant])
    truth = truth.append_column("objectId", own)
    truth = truth.append_column("other_objectId", other)
    return truth.append_column("blended_objectId", blended)


def _survey_truth(rows: SurveyRows) -> pa.Table:
    return pa.table(
        {
            "survey": pa.array([rows.style.name] * len(rows)),
            "file": pa.array([SURVEY_FILES[rows.style.name]] * len(rows)),
            "row": np.arange(1, len(rows) + 1),
            "native_id": native_ids(rows),
            "ra": rows.ra,
            "dec": rows.dec,
            "redshift": rows.redshift,
            "quality": rows.quality.astype(np.int16),
            "source_id": pa.array(rows.source_id, mask=rows.source_id < 0),
            "true_redshift": pa.array(rows.true_redshift, mask=np.isnan(rows.true_redshift)),
            "is_star": rows.is_star,
            "is_wrong": rows.is_wrong,
        }
    )


def _lookup(
    wanted: NDArray[np.int64], source: NDArray[np.int64], object_id: NDArray[np.int64]
) -> tuple[pa.Array, pa.Array]:
    """The first and the second object of each wanted source, null where there is none."""
    order = np.lexsort((object_id, source))
    source, object_id = source[order], object_id[order]
    first = np.searchsorted(source, wanted, side="left")
    count = np.searchsorted(source, wanted, side="right") - first
    padded = np.append(object_id, [0, 0])
    return pa.array(padded[first], mask=count < 1), pa.array(padded[first + 1], mask=count < 2)
