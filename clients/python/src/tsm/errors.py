"""Errors of the client, named after what happened."""

from collections.abc import Iterable

from trainingset.errors import Problem

__all__ = [
    "ChecksumError",
    "JobFailedError",
    "RequestRefusedError",
    "ServiceUnavailableError",
    "SignInError",
    "TsmError",
    "UnknownResultError",
]


class TsmError(Exception):
    """Base of everything this package raises on purpose."""


class SignInError(TsmError):
    """The token is not valid, or not enough for this service."""


class ServiceUnavailableError(TsmError):
    """The service does not answer, or says that it cannot now; the same call may succeed later."""


class RequestRefusedError(TsmError):
    """The service refused the request; ``problems`` lists everything that it found wrong."""

    def __init__(self, message: str, *, status: int, problems: Iterable[Problem] = ()) -> None:
        self.status = status
        """Status of HTTP."""
        self.problems = tuple(problems)
        super().__init__(message)


class JobFailedError(TsmError):
    """The job ended without a result; ``problems`` lists everything that was found wrong with the request."""

    def __init__(self, message: str, *, problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class UnknownResultError(TsmError):
    """The job has no result of that name."""


class ChecksumError(TsmError):
    """What arrived is not what the service sent; nothing was kept."""
