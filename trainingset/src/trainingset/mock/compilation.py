"""All mock surveys in one table, as a compilation publishes them: one name and one flag scale for everything."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from trainingset.mock.surveys import SurveyRows

__all__ = ["compilation_table"]

_PRISM = "GRISMFIELD"
"""The survey whose redshifts are of low resolution, but for the best."""


def compilation_table(surveys: Sequence[SurveyRows]) -> pa.Table:
    """Rows of all surveys, repeated measurements included, in the columns of the peer's compilations."""
    lengths = [len(rows) for rows in surveys]
    quality = np.concatenate([rows.quality for rows in surveys])
    survey = np.repeat([rows.style.name for rows in surveys], lengths)
    is_star = np.concatenate([rows.is_star & ~rows.is_wrong for rows in surveys])
    flag = np.where(is_star & (quality > 2), 6.0, quality.astype(float))
    has_redshift = quality > 0
    return pa.table(
        {
            "redshift_id": np.arange(1, sum(lengths) + 1, dtype=np.int64),
            "ra": np.concatenate([rows.ra for rows in surveys]),
            "dec": np.concatenate([rows.dec for rows in surveys]),
            "z": pa.array(np.concatenate([rows.redshift for rows in surveys]), mask=~has_redshift),
            "z_err": pa.array(
                np.concatenate([rows.redshift_error for rows in surveys]).astype(np.float32), mask=~has_redshift
            ),
            "survey": survey,
            "quality_flag": flag,
            "instrument_type": np.where((survey == _PRISM) & (quality < 4), "g", "s"),
        }
    )
