"""What ``tsm-service doctor`` finds."""

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    text: str
    is_bad: bool = False
    advice: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        told = f"{'BAD ' if self.is_bad else 'ok  '} {self.subject}: {self.text}"
        return f"{told}\n     {self.advice}" if self.advice else told
