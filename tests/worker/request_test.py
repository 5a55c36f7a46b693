"""What the web process left in a job for the worker."""

from typing import Any

import pytest
from pydantic import ValidationError

from worker.request import RecipeRequest, read_request


def a_request(kind: str, **recipe: Any) -> RecipeRequest:
    request = read_request({"kind": kind, "recipe": recipe, "inputs": {"mine": {"blob": "b", "name": "mine"}}})
    assert isinstance(request, RecipeRequest)
    return request


def test_the_recipe_of_a_form_is_of_the_kind_of_its_job() -> None:
    assert a_request("combine", inputs="mine").fields == {"inputs": "mine", "kind": "combine"}
    assert a_request("crossmatch", redshifts="mine").fields == {"redshifts": "mine"}


def test_what_is_wrong_with_a_table_is_said_of_the_parameter_that_names_it() -> None:
    assert [a_request(kind).source_parameter for kind in ("crossmatch", "combine")] == ["REDSHIFTS", "INPUT"]


def test_a_kind_of_a_later_release_is_not_guessed() -> None:
    with pytest.raises(ValidationError):
        a_request("split")
