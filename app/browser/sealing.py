"""Small things that a browser keeps for us: nobody can read them, change them, or use one in place of another."""

import base64
from collections.abc import Sequence
from typing import TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ValidationError

__all__ = ["Seal"]

_Content = TypeVar("_Content", bound=BaseModel)


class Seal:
    """Encrypts and signs (Fernet), with a time after which it opens nothing.

    Parameters
    ----------
    keys
        Long random texts. The first one closes, each of them opens: a new one goes to the front, and the old one
        away when what it closed has run out.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_key_of(text)) for text in keys])

    def close(self, content: BaseModel) -> str:
        """Give the content as a text that can be a cookie."""
        # The kind is inside, so that what was closed as one thing never opens as another.
        inside = type(content).__name__.encode() + b":" + content.model_dump_json().encode()
        return self._fernet.encrypt(inside).decode()

    def open(self, text: str | None, kind: type[_Content], *, seconds: int) -> _Content | None:
        """Give back what was closed.

        Parameters
        ----------
        text
            As it comes from outside.
        kind
            What it must be.
        seconds
            How long it may have been closed.

        Returns
        -------
        content or None
            None for whatever we did not close as this kind in this time.
        """
        if text is None:
            return None
        try:
            name, _, content = self._fernet.decrypt(text.encode(), ttl=seconds).partition(b":")
            return kind.model_validate_json(content) if name.decode() == kind.__name__ else None
        except (InvalidToken, ValidationError, UnicodeError):
            return None


def _key_of(text: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"tsm browser cookies").derive(text.encode())
    return base64.urlsafe_b64encode(derived)
