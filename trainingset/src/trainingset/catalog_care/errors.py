"""What keeps a catalog from being converted or registered."""

from trainingset.errors import TrainingSetError

__all__ = ["ConversionError"]


class ConversionError(TrainingSetError):
    """A catalog cannot be converted, or what came of it is not what went in."""
