"""Every shape of a PZ Server's errors becomes one sentence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pz.errors import PzServerError, what_it_says

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"detail":"Invalid token."}', "Invalid token."),
        (b'{"error":"ProductFile matching query does not exist."}', "ProductFile matching query does not exist."),
        (b'{"display_name":"This field is required."}', "display_name: This field is required."),
        (b'{"release":["Not allowed.","Twice."],"file":["Empty."]}', "release: Not allowed., Twice.; file: Empty."),
        (b'"The column(s) was not filled in: Dec,RA"', "The column(s) was not filled in: Dec,RA"),
        (b"<html>502 Bad Gateway</html>", "an answer that is no JSON, such as a page of a proxy"),
        (b"", "an empty answer"),
    ],
)
def test_each_known_shape_is_read(body: bytes, said: str) -> None:
    assert what_it_says(body) == said
    assert str(PzServerError("product 42", 400, said)) == f"PZ Server, product 42: 400: {said}"


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_answer_gives_one_line_that_is_not_empty(body: bytes) -> None:
    said = what_it_says(body)

    assert said
    assert len(said.splitlines()) == 1
    assert len(said) <= 500
