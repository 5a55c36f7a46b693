"""Errors of the job life, named after what happened; they know no transport."""

__all__ = [
    "BlobTooLargeError",
    "ClaimLostError",
    "FilesUnavailableError",
    "InvalidBlobKeyError",
    "InvalidControlError",
    "InvalidPublicationError",
    "JobPhaseError",
    "LimitReachedError",
    "PublicationConflictError",
    "QueueFullError",
    "QueueUnavailableError",
    "RegistrationConflictError",
    "ResultsFullError",
    "StorageFullError",
    "StoreUnavailableError",
    "TooManyQueuedError",
    "TooManyTokensError",
    "UnknownApiTokenError",
    "UnknownBlobError",
    "UnknownJobError",
    "UnknownPublicationError",
    "UnknownUploadError",
    "UploadInUseError",
    "UwsError",
]


class UwsError(Exception):
    """Base of everything this package raises on purpose."""


class UnknownJobError(UwsError):
    """No such job for this owner: it never was, is deleted, or belongs to somebody else."""


class UnknownApiTokenError(UwsError):
    """No such token for this owner: it never was, has expired, was revoked, or belongs to somebody else."""


class TooManyTokensError(UwsError):
    """The owner has as many tokens as one owner may."""


class UnknownUploadError(UwsError):
    """No such upload for this owner."""


class UploadInUseError(UwsError):
    """An upload cannot be used yet or any more: the message says why."""


class UnknownBlobError(UwsError):
    """No file under this key."""


class InvalidBlobKeyError(UwsError):
    """No file can have this key."""


class BlobTooLargeError(UwsError):
    """More bytes came than the limit allows; nothing was kept."""


class UnknownPublicationError(UwsError):
    """Nothing was published under this name and version, or the tag is on none."""


class PublicationConflictError(UwsError):
    """What is published does not allow this: the message says why."""


class RegistrationConflictError(UwsError):
    """A job was to be registered in another way before: the message says how."""


class InvalidPublicationError(UwsError):
    """A name or version that could not be part of an address."""


class JobPhaseError(UwsError):
    """The job's phase does not allow this request."""


class InvalidControlError(UwsError):
    """A control parameter (duration, destruction, run id) has an impossible value."""


class LimitReachedError(UwsError):
    """A limit allows nothing more for now; what was asked for did not happen. The message names the limit."""


class TooManyQueuedError(LimitReachedError):
    """The owner has as many jobs waiting as one owner may."""


class ResultsFullError(LimitReachedError):
    """The results of the owner's jobs take as much space as one owner may have."""


class QueueFullError(LimitReachedError):
    """As many jobs wait as the service takes."""


class StorageFullError(LimitReachedError):
    """The store has less space left than it must keep: nothing more is taken before files have gone."""


class ClaimLostError(UwsError):
    """The job was aborted, deleted or taken by another worker: stop, nothing can be published."""


class UnknownShareError(UwsError):
    """The job is not shared with that reader, or is not the asking user's."""


class QueueUnavailableError(UwsError):
    """The wake-up could not be sent; the reconciler will send it."""


class StoreUnavailableError(UwsError):
    """The job store does not answer; the request may be repeated."""


class FilesUnavailableError(UwsError, OSError):
    """The store of files does not answer, or refuses what it must do; the request may be repeated."""
