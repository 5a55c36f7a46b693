"""A running service and how to ask it."""

from dataclasses import dataclass, field

__all__ = ["Service"]


@dataclass(frozen=True)
class Service:
    """Where it is, and a token of a user."""

    url: str
    token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Of a request that is signed in."""
        return {"Authorization": f"Bearer {self.token}"}
