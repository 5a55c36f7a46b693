"""Make photo-z training sets with a PZ Training Set Maker: send redshifts, match them with an object catalog, fetch.

Examples
--------
>>> import tsm
>>> maker = tsm.TrainingSetMaker("https://data.example.org/tsm", token="gt-...")    # doctest: +SKIP
>>> redshifts = maker.upload("zcosmos.fits")                                        # doctest: +SKIP
>>> job = maker.crossmatch(catalog="dp1.object", redshifts=redshifts, radius_arcsec=1.0)  # doctest: +SKIP
>>> job.wait()                                                                      # doctest: +SKIP
>>> job.download("parquet", "training_set.parquet")                                 # doctest: +SKIP
"""

from tsm.documents import JobState, Problem, Progress, Result, UploadedTable
from tsm.errors import (
    ChecksumError,
    JobFailedError,
    RequestRefusedError,
    ServiceUnavailableError,
    SignInError,
    TsmError,
    UnknownResultError,
)
from tsm.job import Job
from tsm.maker import TrainingSetMaker

__all__ = [
    "ChecksumError",
    "Job",
    "JobFailedError",
    "JobState",
    "Problem",
    "Progress",
    "RequestRefusedError",
    "Result",
    "ServiceUnavailableError",
    "SignInError",
    "TrainingSetMaker",
    "TsmError",
    "UnknownResultError",
    "UploadedTable",
]
