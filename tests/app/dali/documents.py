"""UWS documents as clients read them."""

import httpx
from lxml import etree

from tests.app.votables import job_path, tree

__all__ = ["JOBS", "UWS", "a_job", "listed_ids", "parameters_of", "phase_of", "text_of"]

JOBS = "/crossmatch/async"
"""Job list of the tests; in modules that are run over every kind of job, that of the kind."""
FIELDS = {"crossmatch": {"CATALOG": "mock.object", "REDSHIFTS": "mine"}, "combine": {"INPUT": "mine"}}
"""What every recipe of a kind must name."""
UWS = {"uws": "http://www.ivoa.net/xml/UWS/v1.0", "xlink": "http://www.w3.org/1999/xlink"}
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"


async def a_job(client: httpx.AsyncClient, **parameters: str) -> str:
    """Create a job; its path from the prefix."""
    fields = FIELDS[JOBS.split("/")[1]]
    return job_path(await client.post(JOBS, data={**fields, **parameters}))


async def phase_of(client: httpx.AsyncClient, job: str) -> str:
    """The phase of a job."""
    return (await client.get(f"{job}/phase")).text


async def text_of(client: httpx.AsyncClient, job: str, element: str) -> str | None:
    """Text of an element of the job document."""
    return tree(await client.get(job)).findtext(f"uws:{element}", namespaces=UWS)


async def parameters_of(client: httpx.AsyncClient, job: str) -> dict[str, str | None]:
    """Listed parameters of a job, by their ids."""
    found = tree(await client.get(f"{job}/parameters")).findall("uws:parameter", UWS)
    assert len({element.get("id").upper() for element in found}) == len(found)
    return {element.get("id"): element.text for element in found}


def listed_ids(response: httpx.Response) -> list[str]:
    """Ids of a job list, in its order."""
    assert response.status_code == 200, response.text
    root: etree._Element = tree(response)
    return [element.get("id") for element in root.findall("uws:jobref", UWS)]
