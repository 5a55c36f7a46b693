"""Files of the service in S3, or what speaks like it: calls of one step that block, for `uws.blobs`."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import IO, Any
from urllib.parse import urlsplit

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError
from s3fs import S3FileSystem

from uws.stored_blob import StoredBlob

__all__ = ["FileBucket"]

_CONNECTION: Mapping[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 10,
    # Errors and throttling are tried again here, answers that break off in the middle by the file system below.
    "retries": {"mode": "standard", "total_max_attempts": 3},
    # Addresses that are signed for users: the older way is refused by most stores.
    "signature_version": "s3v4",
}
"""A store that is away must be said to be away before users and proxies lose patience."""
_TRIED = 3
"""Times that a part is read whose connection breaks."""
_MOST_DELETED = 1000
"""Of one request, says S3."""


class _Files(S3FileSystem):  # type: ignore[misc]  # without annotations
    """Asks the store each time, since other processes write there, and gives up soon."""

    retries = _TRIED


@dataclass
class _NotDeletedError(OSError):
    """The store kept files that were to be removed."""

    code: str


class FileBucket:
    """Files below one prefix of one bucket. S3 shows an object when all of it has come, and never a part.

    Parameters
    ----------
    root
        ``s3://bucket/prefix``.
    options
        Of ``s3fs``: ``endpoint_url``, ``key``, ``secret``, ``config_kwargs``.
    """

    chunk_bytes = 4 << 20
    """Read by one request."""
    faults: tuple[type[Exception], ...] = (OSError, BotoCoreError, ClientError, aiohttp.ClientError)
    """What calls raise when the store does not answer, or refuses."""

    def __init__(self, root: str, options: Mapping[str, Any]) -> None:
        where = urlsplit(root)
        if where.scheme != "s3" or not where.netloc:
            raise ValueError(f"{root!r} is neither a folder nor s3://bucket/prefix")
        self._bucket = where.netloc
        self._prefix = f"{where.path.strip('/')}/".lstrip("/")
        self._options = {
            **options,
            "use_listings_cache": False,
            "config_kwargs": {**_CONNECTION, **options.get("config_kwargs", {})},
        }
        self._files = _Files(**self._options)

    @property
    def unfinished(self) -> Path:
        """Where files are written that `publish` takes: on this machine."""
        return Path(gettempdir())

    @staticmethod
    def reason(error: Exception) -> str:
        """The store's word for a fault (``SlowDown``, ``ExpiredToken``); its sentences may hold keys."""
        answered = error if isinstance(error, ClientError) else error.__cause__
        if isinstance(answered, ClientError):
            return str(answered.response["Error"].get("Code") or type(error).__name__)
        return error.code if isinstance(error, _NotDeletedError) else type(error).__name__

    def require_answer(self) -> None:
        """A store that cannot be listed raises, one without the bucket as well."""
        self._call("list_objects_v2", Prefix=self._prefix, MaxKeys=1)

    def free_bytes(self) -> None:
        """S3 has no such number."""

    def publish(self, partial: Path, key: str) -> None:
        """Let a complete local file appear under its key, in one step; it stays in its place."""
        try:
            self._files.put_file(str(partial), self._at(key))
        except FileNotFoundError:
            self.require_answer()  # says so, if it is the bucket that is not there
            raise

    def take(self, path: Path, key: str) -> None:
        """Publish any local file, which is gone from its place then; if this fails, it stays."""
        self.publish(path, key)
        path.unlink()

    def open(self, key: str) -> IO[bytes]:
        """For reading. All of it is of one version of the object: the store refuses parts of another."""
        try:
            file: Any = self._files.open(self._at(key), "rb", cache_type="none")
        except FileNotFoundError:
            self.require_answer()  # asked for an object, a store says the same of one and of a bucket
            raise
        if file.details["type"] != "file":  # a prefix of other keys is taken for a folder
            raise IsADirectoryError(key)
        opened: IO[bytes] = file
        return opened

    def info(self, key: str) -> StoredBlob:
        """Size and time of a file."""
        try:
            found = self._call("head_object", Key=f"{self._prefix}{key}")
        except FileNotFoundError:
            self.require_answer()
            raise
        return StoredBlob(key=key, size=found["ContentLength"], modified=found["LastModified"].astimezone(UTC))

    def list_files(self, prefix: str) -> list[StoredBlob]:
        """All files whose keys begin with this and a slash."""
        return [
            StoredBlob(
                key=found["Key"].removeprefix(self._prefix),
                size=found["Size"],
                modified=found["LastModified"].astimezone(UTC),
            )
            for page in self._pages(f"{self._prefix}{prefix}/")
            for found in page.get("Contents", ())
        ]

    def list_names(self, prefix: str) -> list[str]:
        """The names that follow this and a slash, up to the next one."""
        start = f"{self._prefix}{prefix}/"
        found = []
        for page in self._pages(start, Delimiter="/"):
            found += [file["Key"] for file in page.get("Contents", ())]
            found += [below["Prefix"] for below in page.get("CommonPrefixes", ())]
        return [name.removeprefix(start).rstrip("/") for name in found]

    def delete(self, keys: list[str]) -> None:
        """Remove files; none is fine, one that stays raises."""
        for start in range(0, len(keys), _MOST_DELETED):
            wanted = [{"Key": f"{self._prefix}{key}"} for key in keys[start : start + _MOST_DELETED]]
            answer = self._call("delete_objects", Delete={"Objects": wanted, "Quiet": True})
            # Said in an answer that is no error: to overlook it would leave files of which nothing is known.
            if errors := answer.get("Errors"):
                raise _NotDeletedError(errors[0].get("Code", "NotDeleted"))

    def sweep_unfinished(self, older_than: datetime) -> None:
        """End uploads in several parts that killed processes left: nobody sees them, and they take space."""
        marks: dict[str, str] = {}
        while True:
            page = self._call("list_multipart_uploads", Prefix=self._prefix, **marks)
            for upload in page.get("Uploads", ()):
                if upload["Initiated"] < older_than:
                    with contextlib.suppress(FileNotFoundError):  # ended meanwhile
                        self._call("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
            if not page.get("IsTruncated"):
                return
            marks = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def sign(self, key: str, *, seconds: int, media_type: str, disposition: str, endpoint_url: str | None) -> str:
        """An address under which anybody may read this file for a while; nothing is asked of the store."""
        files = self._files
        if endpoint_url is not None:
            files = _Files(**{**self._options, "endpoint_url": endpoint_url})  # made once: the library remembers it
        address: str = files.url(
            self._at(key),
            expires=seconds,
            ResponseContentType=media_type,
            ResponseContentDisposition=disposition,
            ResponseCacheControl="private, no-store",
        )
        return address

    def _pages(self, prefix: str, **more: str) -> Iterator[dict[str, Any]]:
        asked = {"Prefix": prefix, **more}
        while True:
            page = self._call("list_objects_v2", **asked)
            yield page
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _call(self, method: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._files.call_s3(method, Bucket=self._bucket, **arguments)
        except FileNotFoundError as error:
            if self.reason(error) == "NoSuchBucket":
                raise ConnectionError(f"there is no bucket {self._bucket}") from error.__cause__
            raise
        return answer

    def _at(self, key: str) -> str:
        return f"{self._bucket}/{self._prefix}{key}"
