"""Errors of the client, named after what happened."""

from collections.abc import Iterable

from trainingset.errors import Problem

__all__ = [
    "ChecksumError",
    "DiskError",
    "JobFailedError",
    "MissingExtraError",
    "NotATrainingSetError",
    "RequestRefusedError",
    "ServiceUnavailableError",
    "SignInError",
    "TargetExistsError",
    "TsmError",
    "UnknownResultError",
    "UnknownSubsetError",
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


class TargetExistsError(TsmError):
    """There is a file already, and nobody said that it may be replaced."""


class DiskError(TsmError):
    """A file cannot be written or read: the disk is full, or the path is not writable."""


class MissingExtraError(TsmError):
    """Something needs packages that are installed on demand; the message says how.

    Parameters
    ----------
    extra
        Name of the extra: ``plots``, ``local``.
    needs
        What needs it, as the start of a sentence: ``plots``.
    """

    def __init__(self, extra: str, needs: str) -> None:
        super().__init__(f'{needs} needs packages that are not installed: pip install "pz-tsm[{extra}]"')


class NotATrainingSetError(TsmError):
    """The file is no training set, or lacks the record of where it comes from."""


class UnknownSubsetError(TsmError, LookupError):
    """The training set has no subset of that name."""
