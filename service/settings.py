"""How the embedded service's parts are told about each other: by the same settings as in production."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from service.service_folder import ServiceFolder

__all__ = ["DEMO_GROUP", "PREFIX", "embedded_environment"]

PREFIX = "/tsm"
DEMO_GROUP = "g_users"
"""Group of the users of the embedded service; it gives the data rights below."""

_RIGHTS = {DEMO_GROUP: ["dp1", "dp2"]}
_GRACE_SECONDS = 3
"""Nobody waits long for a service on a laptop to stop; a job under way is taken up at the next start."""


def embedded_environment(
    folder: ServiceFolder,
    *,
    database_url: str,
    queue_url: str,
    issuer_socket: Path,
    public_url: str,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Environment of the web process and the worker.

    Settings (``TSM_...``) of the caller's environment stay in force where the stack decides nothing, so that
    ``TSM_LIMITS__MAX_RUNNING_PER_OWNER=1 tsm-service up`` does what it says.
    """
    decided = {
        "TSM_DATABASE_URL": database_url,
        "TSM_QUEUE_URL": queue_url,
        "TSM_BLOB_ROOT": str(folder.blobs),
        "TSM_REGISTRY_PATH": str(folder.registry),
        "TSM_PREFIX": PREFIX,
        "TSM_PUBLIC_URL": public_url,
        "TSM_IDENTITY__URL": "http://issuer.localhost",
        "TSM_IDENTITY__SOCKET": str(issuer_socket),
        "TSM_IDENTITY__RIGHTS_BY_GROUP": json.dumps(_RIGHTS),
    }
    # A catalog registered a moment ago should not be unknown for long, a token just made not refused.
    preferred = {
        "TSM_CARD_CACHE_SECONDS": "1",
        "TSM_IDENTITY__REFUSAL_CACHE_SECONDS": "1",
        "TSM_GRACE_SECONDS": str(_GRACE_SECONDS),
    }
    return {**preferred, **environment, **decided}
