"""Settings of a PZ Server that cannot work are refused at the start."""

from typing import Any

import pytest
from pydantic import ValidationError

from pz.config import PzServerConfig

TOKEN = "0123456789" * 4


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "http://pz.example/api/", "token": TOKEN}, "tokens are sent there"),
        ({"url": "https://user:secret@pz.example/api/", "token": TOKEN}, "tokens are sent there"),
        ({"url": "https://pz.example/api/?x=1", "token": TOKEN}, "tokens are sent there"),
        ({"url": "https://pz.example/api"}, "needs TSM_PZ__TOKEN"),
        ({"url": "https://pz.example/api", "access": "user"}, "needs TSM_PZ__SEAL_KEYS"),
        ({"url": "https://pz.example/api", "access": "user", "token": TOKEN}, "would never be used"),
        ({"url": "https://pz.example/api", "access": "user", "seal_keys": ["short"]}, "at least 32"),
    ],
)
def test_what_cannot_work_is_refused_and_no_secret_is_shown(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        PzServerConfig.model_validate(settings)
    assert TOKEN not in str(refused.value)
    assert "user:secret" not in str(refused.value)


def test_the_address_ends_in_a_slash_and_the_token_is_not_shown() -> None:
    config = PzServerConfig.model_validate({"url": "https://pz.example/api", "token": TOKEN})
    assert config.url == "https://pz.example/api/"
    assert TOKEN not in repr(config)
