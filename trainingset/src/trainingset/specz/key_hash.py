"""Numbers made of keys: the same on every machine, in every order and partition, and computed for whole columns."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["hash_keys"]

UIntArray = npt.NDArray[np.uint64]

_WORD = 8
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def hash_keys(keys: pa.Array, *, seed: int = 0) -> UIntArray:
    """A 64-bit number for each key that looks random, shape (n,).

    Parameters
    ----------
    keys
        Texts without nulls.
    seed
        Key of the hash, in [0, 2**64).

    Notes
    -----
    Each key's UTF-8 bytes, filled up with zeros to words of eight bytes (little endian), are taken in word by word
    with the finalizer of SplitMix64 (Steele, Lea and Flood 2014), after its length and the seed. Numbers of a million
    keys are equal by chance with a probability of 3e-8. Keyed BLAKE2, as in `trainingset.split`, takes twenty times as
    long, and nobody has a reason to make two keys meet.
    """
    texts = pc.cast(pa.array(keys), pa.large_binary())
    length = pc.binary_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    start, content = _bytes_of(texts)
    state = _mixed(np.full(len(texts), seed, np.uint64) + _GOLDEN * length.astype(np.uint64))
    rows = np.arange(len(texts))
    taken = 0
    while len(rows := rows[length[rows] > taken]):
        state[rows] = _mixed(state[rows] ^ _words(content, start[rows] + taken, length[rows] - taken))
        taken += _WORD
    return state


def _bytes_of(texts: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Where each text begins, and all bytes, with a word of zeros behind."""
    _, offsets, content = texts.buffers()
    start = np.frombuffer(offsets, np.int64, len(texts) + 1 + texts.offset)[texts.offset : -1]
    letters = np.frombuffer(content, np.uint8) if content is not None else np.empty(0, np.uint8)
    return start, np.concatenate([letters, np.zeros(_WORD, np.uint8)])


def _words(content: npt.NDArray[np.uint8], start: npt.NDArray[np.int64], left: npt.NDArray[np.int64]) -> UIntArray:
    """Up to eight bytes from each start on as a number, the first byte the least."""
    at_every_byte = np.ndarray((len(content) - _WORD + 1,), np.dtype("<u8"), content, strides=(1,))
    unused = np.uint64(8) * (_WORD - np.minimum(left, _WORD)).astype(np.uint64)
    words: UIntArray = at_every_byte[start].astype(np.uint64) & (~np.uint64(0) >> unused)
    return words


def _mixed(numbers: UIntArray) -> UIntArray:
    """The finalizer of SplitMix64; multiplication wraps around, as is meant."""
    numbers = numbers + _GOLDEN
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
