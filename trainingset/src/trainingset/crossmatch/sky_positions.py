"""Places on the sky as two arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainingset.crossmatch.separation import FloatArray

__all__ = ["BoolArray", "IntArray", "SkyPositions"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SkyPositions:
    """Places on the sky, ICRS degrees, shape (n,) each."""

    ra: FloatArray
    dec: FloatArray

    def __len__(self) -> int:
        return len(self.ra)

    def take(self, rows: IntArray) -> "SkyPositions":
        """The places of these row numbers."""
        return SkyPositions(self.ra[rows], self.dec[rows])
