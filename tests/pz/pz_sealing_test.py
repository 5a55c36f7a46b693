"""A sealed token opens with the same keys for the same owner, and tells nothing otherwise."""

from hypothesis import given
from hypothesis import strategies as st

from pz.sealing import TokenSeal

TOKEN = "0123456789" * 4
OLD, NEW = "a" * 32, "b" * 32


def test_a_token_opens_for_its_owner_alone_and_after_a_change_of_keys() -> None:
    sealed = TokenSeal([OLD]).close(TOKEN, owner="mlima")

    assert TOKEN not in sealed
    assert TokenSeal([NEW, OLD]).open(sealed, owner="mlima") == TOKEN
    assert TokenSeal([OLD]).open(sealed, owner="other") is None
    assert TokenSeal([NEW]).open(sealed, owner="mlima") is None


@given(st.text())
def test_what_was_not_sealed_here_opens_nothing(text: str) -> None:
    assert TokenSeal([OLD]).open(text, owner="mlima") is None
