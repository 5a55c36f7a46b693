"""Addresses of the resources, as users outside see them: absolute, with public scheme, host and prefix."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request

from uws.job import Job

__all__ = ["Addresses", "AddressesDep"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of the whole service.

    Parameters
    ----------
    base
        Address of the prefix, without a slash at its end.
    """

    base: str

    @classmethod
    def of(cls, request: Request) -> "Addresses":
        """Take the configured public address, else the one that the request came to.

        Scheme and host are those that the server believes: uvicorn takes forwarded headers from the proxies that
        it was told to trust, and from nobody else.
        """
        config = request.app.state.services.config
        origin = f"{request.url.scheme}://{request.url.netloc}"
        return cls(config.public_url or f"{origin}{request.scope.get('root_path', '')}{config.prefix}")

    def api(self, path: str) -> str:
        """A resource of the JSON face, by its path below the version."""
        return f"{self.base}/api/v1{path}"

    def service(self, kind: str) -> str:
        """Where one kind of job is asked for: ``async``, ``sync`` and the VOSI resources lie below."""
        return f"{self.base}/{kind}"

    def job_list(self, kind: str) -> str:
        """The UWS job list of one kind of job."""
        return f"{self.service(kind)}/async"

    def job(self, job: Job) -> str:
        """A job on the UWS face."""
        return f"{self.job_list(job.kind)}/{job.id}"

    def parameter(self, job: Job, name: str) -> str:
        """Content of a parameter that is given by reference."""
        return f"{self.job(job)}/parameters/{quote(name, safe='')}"

    def result(self, job: Job, result_id: str) -> str:
        """One result file."""
        return f"{self.job(job)}/results/{quote(result_id, safe='')}"


async def addresses_of(request: Request) -> Addresses:
    """Addresses as the sender of this request sees them."""
    return Addresses.of(request)


AddressesDep = Annotated[Addresses, Depends(addresses_of)]
