"""The server in front of the web application: uvicorn with limits on what strangers may hold."""

import resource
from collections.abc import Callable
from typing import Any

import uvicorn

from service.connection import ConnectionLimits, limited_connections

__all__ = ["web_server"]

_OWN_FILES = 256
"""Descriptors kept for databases, queue, Gafaelfawr, tables and results."""


def web_server(
    app: str | Callable[[], Any] = "app.main:create_app",
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    forwarded_allow_ips: str = "127.0.0.1",
    limits: ConnectionLimits | None = None,
) -> uvicorn.Server:
    """Make the server of the application, not yet running.

    Parameters
    ----------
    app
        What makes the application.
    host, port
        Where to listen.
    forwarded_allow_ips
        Proxies whose X-Forwarded headers are believed, joined by commas.
    limits
        Of connections; those of the environment by default.
    """
    limits = limits or ConnectionLimits()
    allowed = _raise_file_limit(limits.max_connections + _OWN_FILES) - _OWN_FILES
    limits = limits.model_copy(update={"max_connections": max(1, min(limits.max_connections, allowed))})
    config = uvicorn.Config(
        app,
        factory=True,
        host=host,
        port=port,
        http=limited_connections(limits),
        ws="none",
        proxy_headers=True,
        forwarded_allow_ips=forwarded_allow_ips,
        server_header=False,
        access_log=False,  # the application logs requests itself
        log_config=None,
        # Streams of events end only with their clients; nobody should wait for them.
        timeout_graceful_shutdown=3,
    )
    return uvicorn.Server(config)


def _raise_file_limit(wanted: int) -> int:
    """Let this process open that many files if it may; says how many it can now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(soft, most)
