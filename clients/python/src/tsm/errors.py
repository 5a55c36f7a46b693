"""Errors of the client, named after what happened; each message says what to do next."""

from collections.abc import Iterable

from trainingset.errors import Problem

__all__ = [
    "ChecksumError",
    "DiskError",
    "InputsMissingError",
    "JobFailedError",
    "MissingExtraError",
    "NotATrainingSetError",
    "NotTheServiceError",
    "RegistrationFailedError",
    "RequestRefusedError",
    "ServiceFaultError",
    "ServiceUnavailableError",
    "SignInError",
    "TableRefusedError",
    "TargetExistsError",
    "TsmError",
    "UnknownResultError",
    "UnknownSubsetError",
    "WaitTimeoutError",
]


class TsmError(Exception):
    """Base of everything this package raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message says all, and the way through this package tells users nothing."""
        return [f"{type(self).__name__}: {self}"]


class SignInError(TsmError):
    """There is no token, it is not valid, or it is not enough for this service."""


class ServiceUnavailableError(TsmError):
    """The service does not answer, or says that it cannot now; the same call may succeed later."""


class ServiceFaultError(TsmError):
    """The service made an error of its own; the message has the number to report."""


class NotTheServiceError(TsmError):
    """Something else than a PZ Training Set Maker answered: a wrong address, or a login page before it."""


class RequestRefusedError(TsmError):
    """The service refused the request; ``problems`` lists everything that it found wrong."""

    def __init__(self, message: str, *, status: int, problems: Iterable[Problem] = ()) -> None:
        self.status = status
        """Status of HTTP."""
        self.problems = tuple(problems)
        super().__init__(message)


class TableRefusedError(TsmError):
    """A table of this session cannot be sent as redshifts; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


class JobFailedError(TsmError):
    """The job ended without a result; ``problems`` lists everything that was found wrong with the request."""

    def __init__(self, message: str, *, problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class RegistrationFailedError(TsmError):
    """The PZ Server did not take a result; the message says why."""


class WaitTimeoutError(TsmError, TimeoutError):
    """The job has not ended within the time that was given to wait; it goes on."""


class UnknownResultError(TsmError):
    """The job has no result of that name."""


class ChecksumError(TsmError):
    """What arrived is not what the service sent; nothing was kept."""


class TargetExistsError(TsmError, FileExistsError):
    """There is a file already, and nobody said that it may be replaced."""


class DiskError(TsmError):
    """A file cannot be written or read: the disk is full, or the path is not writable."""


class MissingExtraError(TsmError, ImportError):
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


class InputsMissingError(TsmError):
    """A training set cannot be made again, for its inputs are not here; ``problems`` lists them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))
