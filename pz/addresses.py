"""Addresses of one PZ Server; what an answer says of other hosts is not believed."""

import httpx

__all__ = ["same_server"]


def same_server(base: httpx.URL, told: str) -> httpx.URL:
    """Take path and query of an address that the server told, and ask the server that is configured.

    It builds addresses from forwarded headers: behind a wrong proxy they name another host, or plain http, and the
    token would go there.

    Parameters
    ----------
    base
        Address of the API, as the operator set it.
    told
        Such as ``download_url``; absolute or a path.

    Raises
    ------
    ValueError
        If it is no address, or lies outside the API.
    """
    try:
        address = httpx.URL(told)
    except (httpx.InvalidURL, TypeError) as error:
        raise ValueError(f"the PZ Server told an address that is none: {told[:200]!r}") from error
    root = base.raw_path.decode().rstrip("/") + "/"
    path = address.raw_path.decode()
    # Dots and their escapes could lead out of the API on a server that resolves them.
    steps = address.path.replace("\\", "/").split("/")
    if not path.startswith(root) or any(step in (".", "..") for step in steps):
        raise ValueError(f"the PZ Server told an address outside of its API {root}: {told[:200]!r}")
    return base.copy_with(raw_path=address.raw_path)
