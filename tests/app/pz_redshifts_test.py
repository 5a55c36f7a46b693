"""Products of a PZ Server in the list of redshifts."""

from typing import Any

import httpx
import pytest

from app.config import AppConfig
from pz.config import PzServerConfig
from tests.pz.fake_server import FakePzServer

REDSHIFTS = "/api/v1/redshifts"


@pytest.fixture
def app_config(app_config: AppConfig, pz_config: PzServerConfig) -> AppConfig:
    """With a PZ Server, of whose releases one is known here."""
    return app_config.model_copy(update={"pz": pz_config.model_copy(update={"rights_by_release": {"DP1": "dp1"}})})


async def listed(client: httpx.AsyncClient, **filters: Any) -> list[str]:
    answer = await client.get(REDSHIFTS, params={"source": "pz", **filters})
    assert answer.status_code == 200, answer.text
    return [shown["title"] for shown in answer.json()]


async def test_published_redshift_catalogs_are_listed_with_what_the_server_tells(
    pz: FakePzServer, app_client: httpx.AsyncClient
) -> None:
    product = pz.add_product(b"x", description="Cite Silva 2026", official=True)
    (shown,) = (await app_client.get(REDSHIFTS, params={"source": "pz"})).json()
    assert (shown["source"], shown["title"]) == (f"pz:{product.internal_name}", "ECDFS spec-z (v2)")
    assert shown["description"] == "Cite Silva 2026"
    assert shown["release_date"] == "2026-03-02"
    assert shown["product"] | {"creation_time": "", "change_time": ""} == {
        "id": product.id,
        "internal_name": product.internal_name,
        "type": "redshift_catalog",
        "official": True,
        "owner": "somebody",
        "creation_time": "",
        "change_time": "",
    }


async def test_filters_leave_what_was_asked_for(pz: FakePzServer, app_client: httpx.AsyncClient) -> None:
    dp1, closed = pz.add_release("DP1"), pz.add_release("DP9")
    for name, changes in {
        "a": {},
        "b": {"official": True},
        "draft": {"status": 0},
        "deleted": {"status": 2},
        "set": {"type": "training_set"},
        "dp1": {"type": "training_set", "release": dp1.id},
        "dp9": {"type": "training_set", "release": closed.id},
    }.items():
        pz.add_product(b"x", name=name, **changes)
    assert await listed(app_client) == ["b", "a"]
    assert await listed(app_client, official=True) == ["b"]
    assert await listed(app_client, official=False) == ["a"]
    assert await listed(app_client, type="training_set") == ["dp1", "set"]
    assert await listed(app_client, type="training_set", release="DP1") == ["dp1"]
    assert await listed(app_client, name="a") == ["a"]
    assert await listed(app_client, type="nonsense") == []


async def test_the_latest_is_the_last_that_an_owner_gave_a_name(
    pz: FakePzServer, app_client: httpx.AsyncClient
) -> None:
    pz.add_product(b"x", name="same")
    mine = pz.add_product(b"x", name="same")
    other = pz.add_product(b"x", name="same", owner="another")
    shown = (await app_client.get(REDSHIFTS, params={"source": "pz", "latest": True})).json()
    assert [item["product"]["id"] for item in shown] == [other.id, mine.id]


@pytest.mark.parametrize(
    ("filters", "parameter"),
    [({"official": True}, "official"), ({"type": "other"}, "type"), ({"source": "pz", "survey": "VVDS"}, "survey")],
)
async def test_filters_that_would_be_ignored_are_refused(
    pz: FakePzServer, app_client: httpx.AsyncClient, filters: dict[str, Any], parameter: str
) -> None:
    answer = await app_client.get(REDSHIFTS, params=filters)
    assert (answer.status_code, answer.json()["problems"][0]["parameter"]) == (422, parameter)


async def test_a_server_that_is_away_or_odd_is_no_empty_list(pz: FakePzServer, app_client: httpx.AsyncClient) -> None:
    pz.faults.gateway = 1000
    away = await app_client.get(REDSHIFTS, params={"source": "pz"})
    pz.faults.gateway, pz.faults.html_for_json = 0, True
    odd = await app_client.get(REDSHIFTS, params={"source": "pz"})
    assert (away.status_code, odd.status_code) == (503, 502)
    assert "the list of products" in odd.json()["detail"]
