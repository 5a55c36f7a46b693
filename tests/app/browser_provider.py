"""An OpenID Connect provider for tests: answers as Gafaelfawr does, and errs on request."""

import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "FakeProvider", "serving_provider"]

CLIENT_ID = "tsm.data.example.org"
CLIENT_SECRET = "fs-5JfxPyK1Q3wm0B2uVn9tZ"


def _key(number: str) -> tuple[str, rsa.RSAPrivateKey]:
    return number, rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class FakeProvider:
    """Users sign in without being asked; ``user`` is who it is."""

    user: dict[str, Any] = field(default_factory=dict)
    """Claims about the user, in place of the usual ones; None leaves one out."""
    issuer: str = ""
    has_pkce: bool = False
    algorithm: str = "RS256"
    discovery: dict[str, Any] = field(default_factory=dict)
    """Fields in place of the usual ones."""
    trouble: dict[str, Response] = field(default_factory=dict)
    """Answers in place of the right ones, by path."""
    keys: list[tuple[str, rsa.RSAPrivateKey]] = field(default_factory=lambda: [_key("first")])
    """The first signs, all are shown."""
    shown: list[str] | None = None
    """Numbers of the keys that are shown; None = all."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """What browsers were sent here with."""
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/.well-known/jwks.json", self._jwks),
                Route("/auth/openid/login", self._login),
                Route("/auth/openid/token", self._token, methods=["POST"]),
            ]
        )

    def reset(self) -> None:
        """Forget users and errors."""
        fresh = FakeProvider(issuer=self.issuer, keys=self.keys[:1])
        for name in ("user", "has_pkce", "algorithm", "discovery", "trouble", "keys", "shown", "asked", "calls"):
            setattr(self, name, getattr(fresh, name))

    def rotate(self) -> None:
        """Sign with a new key."""
        self.keys.insert(0, _key(secrets.token_hex(4)))

    def sign_in(self, address: str) -> str:
        """What a browser does with the address it is sent to: gives the address that it is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    async def _discovery(self, request: Request) -> Response:
        self.calls.append("discovery")
        base = self.issuer.rstrip("/")
        found: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{base}/auth/openid/login",
            "token_endpoint": f"{base}/auth/openid/token",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "userinfo_endpoint": f"{base}/auth/openid/userinfo",
        }
        found |= {"code_challenge_methods_supported": ["S256"]} if self.has_pkce else {}
        return self.trouble.get(request.url.path) or JSONResponse(found | self.discovery)

    async def _jwks(self, request: Request) -> Response:
        self.calls.append("jwks")
        shown = [
            json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": number, "use": "sig"}
            for number, key in self.keys
            if self.shown is None or number in self.shown
        ]
        other = {"kty": "EC", "crv": "P-256", "kid": "elliptic", "x": "AA", "y": "AA"}
        return self.trouble.get(request.url.path) or JSONResponse({"keys": [other, *shown]})

    async def _login(self, request: Request) -> Response:
        return RedirectResponse(self.sign_in(str(request.url)))

    async def _token(self, request: Request) -> Response:
        self.calls.append("token")
        if trouble := self.trouble.get(request.url.path):
            return trouble
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if (kind, given) != ("Basic", expected):
            return JSONResponse({"error": "invalid_client"}, status_code=400)
        form = await request.form()
        query = self._codes.pop(str(form.get("code")), None)
        if query is None or form.get("redirect_uri") != query["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        if self.has_pkce:
            digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != query["code_challenge"]:
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"access_token": "gt-none", "token_type": "Bearer", "id_token": self._id_token(query)})

    def _id_token(self, query: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            **{"iss": self.issuer, "aud": query["client_id"], "sub": "mlima", "iat": now, "exp": now + 600},
            **{"nonce": query["nonce"], "preferred_username": "mlima", "data_rights": "dp0.2 dp1 dp2"},
            **{"scope": query["scope"], "jti": secrets.token_hex(8)},
            **self.user,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        number, key = self.keys[0]
        signing: Any = {"RS256": key, "none": None, "HS256": CLIENT_SECRET * 2}[self.algorithm]
        return jwt.encode(claims, signing, algorithm=self.algorithm, headers={"kid": number})


@contextmanager
def serving_provider(provider: FakeProvider) -> Iterator[None]:
    """Serve it in a thread on a port of this machine, which becomes its issuer."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        # With the slash that belongs to real ones.
        provider.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server = uvicorn.Server(uvicorn.Config(provider.app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(10)
