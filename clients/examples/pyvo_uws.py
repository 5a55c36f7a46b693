"""A training set with pyvo alone: find a catalog, submit, wait, fetch.

TSM_URL=https://data.example.org/tsm TSM_TOKEN=gt-... python pyvo_uws.py specz.vot training_set.vot
"""

import os
import sys

import pyvo
from astropy.table import Table

PARAMETERS = {"CATALOG": "mock_object", "RADIUS": 1.0, "SPLIT": "train=0.7,test=0.3", "SEED": 1}


def main(redshifts: str, target: str) -> None:
    # The user name is ignored: the token is the password. pyvo learns from the capabilities that Basic is welcome.
    session = pyvo.auth.AuthSession()
    session.credentials.set_password("x-oauth-basic", os.environ["TSM_TOKEN"])
    service = pyvo.dal.TAPService(os.environ["TSM_URL"].rstrip("/") + "/crossmatch", session=session)

    for table in service.tables.values():
        print("Catalog", table.name, "-", table.description)

    # There is no query: the keywords are the parameters of the match. UPLOAD comes from `uploads`.
    job = service.submit_job("-", uploads={"mine": Table.read(redshifts)}, REDSHIFTS="mine", **PARAMETERS)
    job.run()
    print("Job", job.url)
    job.wait(timeout=600)
    job.raise_if_error()

    training_set = job.fetch_result().to_table()
    training_set.write(target, format="votable")
    print(f"{len(training_set)} rows in {target}")

    # From another session, pyvo.dal.AsyncTAPJob(job.url, session=session) is the same job. Remove it with job.delete().


if __name__ == "__main__":
    main(*sys.argv[1:])
