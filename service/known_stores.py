"""Which stores an operator's command works on: those of the environment, or of the service that runs on a folder."""

import os

from service.postgres import running_postgres_url
from service.service_folder import ServiceFolder
from uws.config import StoreSettings

__all__ = ["NoServiceError", "known_stores"]


class NoServiceError(Exception):
    """No stores are known: neither by the environment nor by a running embedded service."""


def known_stores(folder: ServiceFolder) -> StoreSettings:
    """The stores that the environment names (TSM_...), else those of the service that runs on the folder.

    Raises
    ------
    NoServiceError
        If there are neither.
    """
    if "TSM_DATABASE_URL" in os.environ:
        return StoreSettings()
    url = running_postgres_url(folder.postgres) if folder.running_service() is not None else None
    if url is None:
        raise NoServiceError(
            f"No service runs on {folder.root}: start it (`tsm-service up`), or set TSM_DATABASE_URL, TSM_QUEUE_URL "
            "and TSM_BLOB_ROOT to its stores."
        )
    return StoreSettings(database_url=url, queue_url="unix://", blob_root=str(folder.blobs))
