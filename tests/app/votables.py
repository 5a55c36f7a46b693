"""Error documents and redirects as clients read them."""

from urllib.parse import urlsplit

import httpx
from lxml import etree

__all__ = ["error_message", "job_path", "tree"]

_INFO = "vot:RESOURCE[@type='results']/vot:INFO[@name='QUERY_STATUS'][@ID='QUERY_STATUS'][@value='ERROR']"


def tree(response: httpx.Response) -> etree._Element:
    """The XML document of an answer."""
    assert "xml" in response.headers["content-type"], response.text
    return etree.fromstring(response.content)


def error_message(response: httpx.Response) -> str:
    """The message of an error VOTable."""
    assert response.headers["content-type"] == "application/x-votable+xml", response.text
    (info,) = tree(response).findall(_INFO, {"vot": "http://www.ivoa.net/xml/VOTable/v1.3"})
    return info.text or ""


def job_path(response: httpx.Response) -> str:
    """The job that a 303 points to, as a path from the prefix."""
    assert response.status_code == 303, response.text
    return urlsplit(response.headers["location"]).path.removeprefix("/tsm")
