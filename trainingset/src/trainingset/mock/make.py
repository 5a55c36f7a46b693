"""Makes the mock sky: LSST-like objects, four redshift surveys and a compilation of them, a registry, and the truth."""

import json
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.mock.collection import write_collection
from trainingset.mock.compilation import compilation_table
from trainingset.mock.fields import FIELDS, field_radius_arcsec
from trainingset.mock.objects import FieldObjects, observe
from trainingset.mock.place import MARGIN_ARCSEC, MockSky
from trainingset.mock.sources import Sources, draw_sources
from trainingset.mock.survey_files import write_survey
from trainingset.mock.surveys import SURVEYS, SurveyRows, observe_redshifts
from trainingset.mock.truth import true_objects, true_redshifts, true_sources

__all__ = ["make_mock_sky"]

_VERSION = 4
"""Raised whenever the same seed gives another sky."""
_PARTITIONS = 6
"""Rows of a partition are chosen for about twice as many partitions; the sky decides the rest."""
_DEFAULT_COLUMNS = ("objectId", "coord_ra", "coord_dec", "tract", "patch", "refBand", "i_psfMag", "i_psfMagErr")
"""What opens without naming columns: like DP1's default, of little use to a training set."""


def make_mock_sky(folder: Path, *, n_objects: int = 300_000, seed: int = 0) -> MockSky:
    """Make a mock sky, or find the same one where it was made before.

    Parameters
    ----------
    folder
        Where to put it; its parent must exist. The sky appears there complete or not at all.
    n_objects
        Objects to aim for in all three fields together (a few per cent more come out). The density on the sky stays
        that of DP1; fewer objects make smaller fields.
    seed
        The same seed and number give the same rows.

    Raises
    ------
    FileExistsError
        If the folder holds anything else.
    """
    parameters = {"version": _VERSION, "n_objects": n_objects, "seed": seed}
    note = folder / "mock_sky.json"
    if note.exists() and json.loads(note.read_text()) == parameters:
        return MockSky(folder)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} holds other files; name an empty folder for the mock sky")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    _write_sky(MockSky(unfinished), n_objects=n_objects, seed=seed)
    (unfinished / note.name).write_text(json.dumps(parameters))
    # The note comes with the folder in one step, so a sky that has it is whole.
    unfinished.replace(folder)
    return MockSky(folder)


def _write_sky(sky: MockSky, *, n_objects: int, seed: int) -> None:
    sources, objects = _observe_fields(n_objects, seed)
    surveys = _observe_surveys(sources, n_objects, seed)
    sky.sources.parent.mkdir()
    truth = true_objects(sources, objects)
    pq.write_table(true_sources(sources), sky.sources)
    pq.write_table(truth, sky.objects)
    pq.write_table(true_redshifts(surveys, truth), sky.redshifts)
    (sky.folder / "surveys").mkdir()
    for rows in surveys:
        write_survey(rows, sky.folder / "surveys")
    sky.registry.write_text((files("trainingset.mock") / "registry.yaml").read_text(encoding="utf-8"))
    write_collection(
        pa.concat_tables([seen.table for seen in objects]),
        sky.collection,
        name="object",
        ra_column="coord_ra",
        dec_column="coord_dec",
        margin_arcsec=MARGIN_ARCSEC,
        partition_rows=max(n_objects // _PARTITIONS, 500),
        default_columns=_DEFAULT_COLUMNS,
    )
    write_collection(
        compilation_table(surveys),
        sky.compilation,
        name="redshifts",
        ra_column="ra",
        dec_column="dec",
        # Redshifts are read whole: no match needs their margin.
        margin_arcsec=None,
        partition_rows=max(n_objects // _PARTITIONS, 500),
    )


def _observe_fields(n_objects: int, seed: int) -> tuple[list[Sources], list[FieldObjects]]:
    radius = field_radius_arcsec(n_objects)
    sky: list[Sources] = []
    objects: list[FieldObjects] = []
    for number, field in enumerate(FIELDS):
        random = np.random.default_rng([seed, 0, number])
        first_id = sum(len(sources) for sources in sky) + 1
        sky.append(draw_sources(field, radius_arcsec=radius, first_id=first_id, random=random))
        objects.append(observe(field, sky[-1], radius_arcsec=radius, random=random))
    return sky, objects


def _observe_surveys(sky: list[Sources], n_objects: int, seed: int) -> list[SurveyRows]:
    """Surveys in their order: later ones favour what earlier ones observed."""
    surveys: list[SurveyRows] = []
    observed = np.empty(0, dtype=np.int64)
    for number, style in enumerate(SURVEYS):
        random = np.random.default_rng([seed, 1, number])
        rows = observe_redshifts(style, sky, n_objects=n_objects, observed_before=observed, random=random)
        observed = np.union1d(observed, rows.source_id[rows.source_id >= 0])
        surveys.append(rows)
    return surveys
