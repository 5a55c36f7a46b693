"""What a request claims of its size, refused before a byte of it is read."""

from fastapi import Request

from app.errors import BodyTooLargeError

__all__ = ["FRAMING_BYTES", "require_claim_within"]

FRAMING_BYTES = 1024 * 1024
"""Of a multipart body beside its files and its text: boundaries and headers of parts."""


def require_claim_within(request: Request, limit_bytes: int, *, advice: str) -> None:
    """Refuse a body whose Content-Length is beyond a limit; without the header, bytes are counted as they come.

    Parameters
    ----------
    request
        Before its body is read.
    limit_bytes
        Most bytes of the whole body.
    advice
        What to do, in words that end the message.

    Raises
    ------
    BodyTooLargeError
        If it claims more.
    """
    # The server has refused whatever is no number.
    claimed = int(request.headers.get("content-length", 0))
    if claimed > limit_bytes:
        raise BodyTooLargeError(f"the body claims {claimed} bytes; the limit is {limit_bytes}: {advice}")
