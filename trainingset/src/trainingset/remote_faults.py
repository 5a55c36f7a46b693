"""What reading over a network may raise: file systems let the errors of their libraries through."""

import aiohttp
import pyarrow as pa

try:
    from botocore.exceptions import BotoCoreError
except ImportError:  # installed with s3fs, which only catalogs in S3 need
    BotoCoreError = OSError

__all__ = ["REMOTE_FAULTS"]

REMOTE_FAULTS: tuple[type[Exception], ...] = (OSError, aiohttp.ClientError, BotoCoreError, pa.ArrowException)
"""Of disks, HTTP, S3, and of bytes that broke off."""
