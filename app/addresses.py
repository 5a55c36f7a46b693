"""Addresses of the resources, as users outside see them: absolute, with public scheme, host and prefix."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request

from uws.job import JobId

__all__ = ["Addresses", "JobAddresses"]


@dataclass(frozen=True, slots=True)
class JobAddresses:
    """Addresses of one job and its children on the UWS face."""

    job: str

    @property
    def phase(self) -> str:
        """Where the job is started and aborted."""
        return f"{self.job}/phase"

    @property
    def error(self) -> str:
        """The error document of a failed job."""
        return f"{self.job}/error"

    def parameter(self, name: str) -> str:
        """Content of a parameter that is given by reference."""
        return f"{self.job}/parameters/{quote(name, safe='')}"

    def result(self, result_id: str) -> str:
        """One result file."""
        return f"{self.job}/results/{quote(result_id, safe='')}"


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

    def job_list(self, kind: str) -> str:
        """The UWS job list of one kind of job."""
        return f"{self.base}/{kind}/async"

    def sync(self, kind: str) -> str:
        """The form of the same service that answers at once."""
        return f"{self.base}/{kind}/sync"

    def job(self, kind: str, job_id: JobId) -> JobAddresses:
        """A job and its children."""
        return JobAddresses(f"{self.job_list(kind)}/{job_id}")
