"""Secrets taken out of what is written down: the second line of defense for logs of every process."""

import re

__all__ = ["scrub"]

_HIDDEN = "***"
# Wider than a token, so that a cut or lengthened one is hidden as well.
_GAFAELFAWR_TOKEN = re.compile(r"gt-[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")
_OTHER_TOKEN = re.compile(r"\b([a-z]{2,8})-[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}")
_CREDENTIALS = re.compile(r"\b(Basic|Bearer) +(?!realm=|gt-)[A-Za-z0-9+/=_.~-]{8,}", re.IGNORECASE)
# As the PZ Server's: 40 digits. Longer than words, because logs speak of tokens as well ("token accepted").
_TOKEN_CREDENTIALS = re.compile(r"\b(Token) +(?!gt-)[A-Za-z0-9]{20,}", re.IGNORECASE)
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)([^\s/@:'\"]*):[^\s@'\"]+@")


def scrub(text: str) -> str:
    """The text with everything hidden that looks like a token, a signed-in header or the password in an address."""
    text = _GAFAELFAWR_TOKEN.sub(f"gt-{_HIDDEN}", text)
    text = _OTHER_TOKEN.sub(rf"\1-{_HIDDEN}", text)
    text = _CREDENTIALS.sub(rf"\1 {_HIDDEN}", text)
    text = _TOKEN_CREDENTIALS.sub(rf"\1 {_HIDDEN}", text)
    return _PASSWORD_IN_ADDRESS.sub(rf"\1:{_HIDDEN}@", text)
