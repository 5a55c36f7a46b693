"""Whose token is shown to the PZ Server: that of the service, or the one that a user's job keeps sealed."""

from pz.config import PzAccess, PzServerConfig
from pz.errors import PzTokenError
from pz.sealing import TokenSeal

__all__ = ["kept_token", "sealed_token"]


def sealed_token(config: PzServerConfig, token: str | None, *, owner: str) -> str | None:
    """A user's token as a job may keep it; None where the account of the service asks."""
    if config.access is PzAccess.SERVICE or token is None:
        return None
    return _seal_of(config).close(token, owner=owner)


def kept_token(config: PzServerConfig, sealed: str | None, *, owner: str) -> str:
    """The token to show for a job.

    Raises
    ------
    PzTokenError
        If it is the user's, and cannot be read any more.
    """
    if config.token is not None:
        return config.token.get_secret_value()
    token = _seal_of(config).open(sealed, owner=owner) if sealed is not None else None
    if token is None:
        raise PzTokenError(
            "the PZ Server token that came with this job can no longer be read: make the job again and send the token"
        )
    return token


def _seal_of(config: PzServerConfig) -> TokenSeal:
    return TokenSeal([key.get_secret_value() for key in config.seal_keys])
