"""A training set with astroquery's TapPlus: possible, with two detours that this script shows.

TapPlus has no way to send a token, and sends no parameters but QUERY. So the token goes into the connection
that TapPlus is given, and the parameters of the match go to the job before it starts. pyvo needs neither:
prefer it (pyvo_uws.py) unless you have a TapPlus program already.

TSM_URL=https://data.example.org/tsm TSM_TOKEN=gt-... python astroquery_tap.py specz.vot training_set.vot
"""

import http.client
import os
import sys
from typing import Any
from urllib.parse import urlencode, urlsplit

from astropy.table import Table
from astroquery.utils.tap.conn.tapconn import TapConn
from astroquery.utils.tap.core import TapPlus

PARAMETERS = {"CATALOG": "mock_object", "RADIUS": 1.0, "SPLIT": "train=0.7,test=0.3", "SEED": 1}


class SignedIn:
    """Makes the connections of TapPlus; each request that goes over them carries the token."""

    def __init__(self, address: str, token: str) -> None:
        self._address, self._token = address, token

    def get_connection(self, *, ishttps: bool = False, **_: Any) -> http.client.HTTPConnection:
        made = (http.client.HTTPSConnection if ishttps else http.client.HTTPConnection)(self._address)
        send = made.request

        def request(method: str, path: str, body: Any = None, headers: Any = None) -> None:
            send(method, path, body, {**(headers or {}), "Authorization": f"Bearer {self._token}"})

        made.request = request  # type: ignore[assignment,method-assign]
        return made


def main(redshifts: str, target: str) -> None:
    base = urlsplit(os.environ["TSM_URL"].rstrip("/") + "/crossmatch")
    connection = TapConn(
        base.scheme == "https",
        base.hostname,
        tap_context=base.path,
        connhandler=SignedIn(base.netloc, os.environ["TSM_TOKEN"]),
    )
    tap = TapPlus(url=base.geturl(), connhandler=connection)

    # Create the job with its table, but do not start it yet ...
    job = tap.launch_job_async("-", upload_resource=Table.read(redshifts), upload_table_name="mine", autorun=False)
    # ... give it its parameters ...
    answer = connection.execute_tappost(f"async/{job.jobid}/parameters", urlencode({"REDSHIFTS": "mine", **PARAMETERS}))
    if answer.status != http.client.SEE_OTHER:
        sys.exit(answer.read().decode())
    # ... and then start it. Errors of the job come as SystemError, with the service's own words.
    job.start()
    print("Job", job.remoteLocation)

    training_set = job.get_results()
    training_set.write(target, format="votable")
    print(f"{len(training_set)} rows in {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])
