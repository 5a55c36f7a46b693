"""What the exit code of a command tells, and which errors lead to it."""

from enum import IntEnum

__all__ = ["ExitCode", "exit_code_of"]


class ExitCode(IntEnum):
    """Exit codes of ``tsm``, as ``docs/command-line.md`` explains them to users."""

    OK = 0
    FAULT = 1
    """An error of ``tsm`` itself."""
    USAGE = 2
    """Options or arguments are wrong; nothing was sent."""
    REFUSED = 3
    """The service refused the request: a column, job or catalog is not there, or a limit is broken."""
    SIGN_IN = 4
    UNAVAILABLE = 5
    """The service does not answer, or says that it cannot now; the same command may succeed later."""
    SERVICE_FAULT = 6
    """The service made an error; the message has the number to report."""
    JOB_FAILED = 7
    LOCAL_FILE = 8
    """A file here is missing, cannot be understood, cannot be written, or is there already."""
    NOT_REPRODUCED = 9
    WRONG_ADDRESS = 10
    """No address of the service is known, or something else answers there."""
    TIME_IS_OVER = 11
    """``wait --timeout`` waits no longer; the job goes on."""
    DAMAGED = 12
    """What arrived is not what the service sent; nothing was kept."""
    MISSING_EXTRA = 13
    """A part of the package is not installed; the message names it."""
    INTERRUPTED = 130
    """Ctrl-C; a job that was sent goes on."""


def exit_code_of(error: BaseException) -> ExitCode:
    """The code for an error; one that nobody expected is a fault of ours."""
    codes = _codes()
    return next((codes[base] for base in type(error).__mro__ if base in codes), ExitCode.FAULT)


def _codes() -> dict[type[BaseException], ExitCode]:
    """Codes by base class; the nearest one counts."""
    # Loaded when something went wrong, so that help and completion need not wait for it.
    import tsm.errors as errors
    from trainingset.errors import RecipeError, SourceUnavailableError, TableError
    from tsm.cli.problems import UsageProblemsError

    return {
        UsageProblemsError: ExitCode.USAGE,
        RecipeError: ExitCode.USAGE,
        errors.RequestRefusedError: ExitCode.REFUSED,
        errors.UnknownResultError: ExitCode.REFUSED,
        errors.SignInError: ExitCode.SIGN_IN,
        errors.ServiceUnavailableError: ExitCode.UNAVAILABLE,
        SourceUnavailableError: ExitCode.UNAVAILABLE,
        errors.ServiceFaultError: ExitCode.SERVICE_FAULT,
        errors.JobFailedError: ExitCode.JOB_FAILED,
        errors.RegistrationFailedError: ExitCode.JOB_FAILED,
        errors.TargetExistsError: ExitCode.LOCAL_FILE,
        errors.DiskError: ExitCode.LOCAL_FILE,
        errors.NotATrainingSetError: ExitCode.LOCAL_FILE,
        errors.TableRefusedError: ExitCode.LOCAL_FILE,
        errors.InputsMissingError: ExitCode.LOCAL_FILE,
        TableError: ExitCode.LOCAL_FILE,
        OSError: ExitCode.LOCAL_FILE,
        errors.NotTheServiceError: ExitCode.WRONG_ADDRESS,
        errors.WaitTimeoutError: ExitCode.TIME_IS_OVER,
        errors.ChecksumError: ExitCode.DAMAGED,
        errors.MissingExtraError: ExitCode.MISSING_EXTRA,
        KeyboardInterrupt: ExitCode.INTERRUPTED,
    }
