"""Seals the PZ Server tokens of users, so that a job can keep one and nobody can read it in the job store."""

import base64
import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["TOKEN_FORM", "TokenSeal"]

TOKEN_FORM = re.compile(r"[0-9a-fA-F]{40}")


class TokenSeal:
    """Encrypts and signs a token together with the name of its owner.

    Parameters
    ----------
    keys
        Long random texts: the first one closes, each of them opens.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_key_of(text)) for text in keys])

    def close(self, token: str, *, owner: str) -> str:
        """Give the token as a text that may be stored."""
        return self._fernet.encrypt(f"{token} {owner}".encode()).decode()

    def open(self, text: str, *, owner: str) -> str | None:
        """Give back the token; None if it was not closed with our keys for this owner."""
        try:
            token, _, name = self._fernet.decrypt(text.encode()).decode().partition(" ")
        except (InvalidToken, UnicodeError):
            return None
        return token if name == owner else None


def _key_of(text: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"tsm tokens of a PZ Server").derive(text.encode())
    return base64.urlsafe_b64encode(derived)
