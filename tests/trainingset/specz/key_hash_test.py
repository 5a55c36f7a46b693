"""The hash of a key is the published mixing of its bytes, for whole columns at once."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from trainingset.specz.key_hash import hash_keys

ALL = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
KNOWN = ["57cc7fb65802fe50", "8fabc2c07ab8574a", "9a1dad0552f546a1"]
"""Published group ids depend on these."""


def plain_hash(key: str, seed: int) -> int:
    content = key.encode()
    state = plain_mixed((seed + GOLDEN * len(content)) & ALL)
    for word in plain_words(content):
        state = plain_mixed(state ^ word)
    return state


def plain_words(content: bytes) -> Iterator[int]:
    for start in range(0, len(content), 8):
        yield int.from_bytes(content[start : start + 8], "little")


def plain_mixed(number: int) -> int:
    number = (number + GOLDEN) & ALL
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & ALL
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & ALL
    return number ^ (number >> 31)


@given(keys=st.lists(st.text(max_size=40), max_size=20), seed=st.integers(0, ALL), cut=st.integers(0, 20))
def test_columns_are_hashed_as_their_texts_one_by_one(keys: list[str], seed: int, cut: int) -> None:
    expected = [plain_hash(key, seed) for key in keys]
    assert hash_keys(pa.array(keys, pa.string()), seed=seed).tolist() == expected
    assert hash_keys(pa.array(keys, pa.string()).slice(cut), seed=seed).tolist() == expected[cut:]


def test_the_hash_never_changes() -> None:
    keys = pa.array(["2DFGRS:TGS469Z164", "VANDELS:CDFS000113", "DESI:39628453206364672"])
    assert [f"{number:016x}" for number in hash_keys(keys)] == KNOWN


def test_similar_keys_get_different_numbers_evenly_spread() -> None:
    numbers = hash_keys(pa.array(np.arange(300_000)).cast(pa.string()))
    assert len(np.unique(numbers >> np.uint64(1))) == 300_000
    counts = np.bincount((numbers >> np.uint64(58)).astype(np.int64), minlength=64)
    # 64 bins of 4688 expected: chi squared beyond 120 has a probability of 2e-5.
    assert ((counts - 4687.5) ** 2 / 4687.5).sum() < 120
