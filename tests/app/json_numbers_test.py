"""No reader of our JSON can get an integer wrong."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.api.json_numbers import exact

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def _as_javascript(value: Any) -> Any:
    """The value as a reader sees it that holds every number as float64."""
    return json.loads(json.dumps(value), parse_int=lambda text: int(float(text)))


@given(_JSON)
def test_reader_with_floats_alone_sees_every_integer_as_it_is(value: Any) -> None:
    shown = exact(value)

    assert _as_javascript(shown) == json.loads(json.dumps(shown))


def test_object_id_becomes_a_text_and_a_boolean_stays_one() -> None:
    assert exact({"objectId": 2**53 + 1, "flags": [True, 3]}) == {"objectId": "9007199254740993", "flags": [True, 3]}
