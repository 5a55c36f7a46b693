"""Connections to hosts of the wide network alone: names are looked up once, and only what was found is connected to."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

__all__ = ["Elsewhere", "NotPublicError", "is_public", "look_up"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotPublicError(httpx.TransportError):
    """A name leads to this machine or a network of its neighborhood."""


def is_public(address: Address) -> bool:
    """Whether an address, and one of version 4 inside of it, belongs to the wide network."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


async def look_up(host: str, port: int) -> Sequence[str]:
    """Addresses of a host, as the system knows them.

    Raises
    ------
    OSError
        If the name is unknown.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Elsewhere(httpx.AsyncHTTPTransport):
    """Connects to the address that it has checked; asking twice for it would let a name change in between.

    Parameters
    ----------
    look_up
        Tells the addresses of a host.
    is_allowed
        Which of them may be connected to; if any may not, none is.
    """

    def __init__(
        self,
        *,
        look_up: Callable[[str, int], Awaitable[Sequence[str]]] = look_up,
        is_allowed: Callable[[Address], bool] = is_public,
    ) -> None:
        super().__init__(trust_env=False)
        self._look_up = look_up
        self._is_allowed = is_allowed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to its host; certificates are checked against the name, not the address."""
        host, port = request.url.host, request.url.port or 443
        try:
            addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in await self._look_up(host, port)]
        except OSError as error:
            raise httpx.ConnectError(f"{host} is unknown") from error
        if not addresses or not all(map(self._is_allowed, addresses)):
            raise NotPublicError(f"{host} is no host of the wide network")
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=str(addresses[0]))
        return await super().handle_async_request(request)
