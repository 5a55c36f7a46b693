"""Pieces of a stream come in order, one ahead and no more, and so do their errors."""

from collections.abc import Iterator

import pytest

from trainingset.formats.read_ahead import read_ahead


def test_pieces_come_in_their_order() -> None:
    assert list(read_ahead(range(100))) == list(range(100))
    assert list(read_ahead([])) == []


def test_no_more_than_one_piece_is_made_ahead() -> None:
    made: list[int] = []

    def pieces() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    ahead = read_ahead(pieces())
    for number in range(5):
        assert next(ahead) == number
        assert len(made) <= number + 2


def test_an_error_comes_after_the_pieces_before_it() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    ahead = read_ahead(pieces())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="torn"):
        next(ahead)
