"""Damage to files, drawn from a seed: the same number always does the same harm."""

import re
from collections.abc import Callable, Sequence
from random import Random

__all__ = ["damaged"]

_NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 10**12, 2**63 - 1, 2**64 - 1)
_TEXT_NUMBERS = (*map(str, _NUMBERS), "-1", "-2147483648", "1e400", "NaN", "9" * 400, "", "0x7f", "1*", "*", "3x*")
_PIECES = (
    b"<!DOCTYPE VOTABLE [<!ENTITY a 'b'>]>",
    b"&a;",
    b"<TR><TD>1</TD></TR>",
    b"</TD>",
    b"<FIELD name='n' datatype='bit' arraysize='1'/>",
    b"<FIELD name='n' datatype='char' arraysize='0'/>",
    b"<STREAM href='file:///etc/passwd'/>",
    b"\0",
    b"\xff\xfe",
    b'"',
    b"\n\n\n",
    b"\r",
    b"&id001 *id001",
    b"!!python/name:os.system ",
    b"<<: ",
    b"[[[[[[[[{{{{{{{{",
    b"END     ",
    b"CONTINUE  '&'",
    b"TFORM1  = '2147483647A'",
    b"NAXIS2  =        1000000000000",
)

Harm = Callable[[bytearray, Random], None]


def damaged(content: bytes, seed: int, *, others: Sequence[bytes] = ()) -> bytes:
    """The content with one to six pieces of damage.

    Parameters
    ----------
    others
        Files of which pieces may get into this one.
    """
    random = Random(seed)
    harmed = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        if not harmed:
            break
        if others and random.random() < 0.05:
            _splice(harmed, random, random.choice(others))
        else:
            random.choice(_HARMS)(harmed, random)
    return bytes(harmed)


def _flip(content: bytearray, random: Random) -> None:
    for _ in range(random.choice((1, 1, 2, 8))):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def _byte(content: bytearray, random: Random) -> None:
    content[random.randrange(len(content))] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))


def _number(content: bytearray, random: Random) -> None:
    """Write an extreme number of two, four or eight bytes in either order over what is there."""
    width = random.choice((2, 4, 8))
    number = random.choice(_NUMBERS) % 256**width
    place = random.randrange(len(content))
    content[place : place + width] = number.to_bytes(width, random.choice(("big", "little")))


def _written_number(content: bytearray, random: Random) -> None:
    """Exchange a number that is written in digits."""
    found = list(re.finditer(rb"\d+", bytes(content[:20_000])))
    if found:
        start, end = random.choice(found).span()
        text = random.choice(_TEXT_NUMBERS).encode()
        # Of fixed columns half of the time, so that FITS cards stay in their places.
        content[start:end] = text.rjust(end - start) if random.random() < 0.5 else text


def _varint(content: bytearray, random: Random) -> None:
    """Write a long number as the headers of Parquet have it, somewhere near the end."""
    place = max(0, len(content) - random.randrange(1, 3000))
    content[place : place + 1] = b"\xff\xff\xff\xff" + bytes([random.randrange(128)])


def _cut(content: bytearray, random: Random) -> None:
    del content[random.randrange(len(content)) :]


def _remove(content: bytearray, random: Random) -> None:
    start = random.randrange(len(content))
    del content[start : start + random.choice((1, 4, 80, 1000))]


def _repeat(content: bytearray, random: Random) -> None:
    start = random.randrange(len(content))
    piece = content[start : start + random.choice((1, 16, 80, 2880))]
    content[start:start] = piece * random.choice((1, 2, 50))


def _insert(content: bytearray, random: Random) -> None:
    place = random.randrange(len(content))
    content[place:place] = random.choice(_PIECES)


def _swap(content: bytearray, random: Random) -> None:
    """Exchange two words of a text, which is how headers contradict themselves."""
    words = list(re.finditer(rb"\w+", bytes(content[:20_000])))
    if len(words) > 1:
        first, second = sorted(random.sample(words, 2), key=lambda word: word.start())
        content[second.start() : second.end()] = first.group()
        content[first.start() : first.end()] = second.group()


def _splice(content: bytearray, random: Random, other: bytes) -> None:
    start = random.randrange(len(content))
    content[start:] = other[random.randrange(max(1, len(other))) :]


_HARMS: tuple[Harm, ...] = (
    _flip,
    _byte,
    _number,
    _written_number,
    _written_number,
    _varint,
    _cut,
    _remove,
    _repeat,
    _insert,
    _swap,
)
