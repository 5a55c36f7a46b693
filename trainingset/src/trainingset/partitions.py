"""Where the rows of a catalog lie and how large its columns are: what a plan needs without opening anything."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["PartitionList"]


class PartitionList(BaseModel):
    """The partitions of a catalog in parallel lists, since there may be a hundred thousand, and sizes of columns."""

    model_config = ConfigDict(frozen=True)

    orders: tuple[int, ...]
    """HEALPix order of each partition; partitions are in the order of the sky (NESTED)."""
    pixels: tuple[int, ...]
    """NESTED pixel of each partition at its order."""
    rows: tuple[int, ...]
    """Rows of each partition."""
    rows_are_even: bool = False
    """Whether the rows of partitions are not known, and each was given the same share of all."""
    row_group_rows: int = Field(ge=1)
    """Typical rows of a row group, the least that is read."""
    bytes_per_row: dict[str, float]
    """Typical bytes in files of one row by column, compressed, from the footers of a few partitions. The HEALPix
    index, which every match reads, is among them."""

    @model_validator(mode="after")
    def _is_parallel(self) -> "PartitionList":
        if not len(self.orders) == len(self.pixels) == len(self.rows):
            raise ValueError("orders, pixels and rows of partitions differ in length")
        return self
