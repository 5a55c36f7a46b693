"""What the doctor says of a PZ Server: in order, and in each way that it can be of no use."""

import pytest
from pydantic import SecretStr

from pz.config import PzAccess, PzServerConfig
from service.pz_findings import examine_pz_server
from tests.pz.fake_records import FakeUser
from tests.pz.fake_server import FakePzServer


async def test_tells_whose_token_the_service_has(pz_config: PzServerConfig) -> None:
    (finding,) = await examine_pz_server(pz_config)
    assert not finding.is_bad
    assert f"{pz_config.url} answers, as to " in finding.text


async def test_says_nothing_without_a_pz_server() -> None:
    assert await examine_pz_server(None) == []


async def test_tells_that_the_token_was_replaced(pz_config: PzServerConfig) -> None:
    replaced = "f" * 40
    (finding,) = await examine_pz_server(pz_config.model_copy(update={"token": SecretStr(replaced)}))
    assert finding.is_bad
    assert "TSM_PZ__TOKEN" in finding.advice
    assert replaced not in str(finding)


async def test_needs_no_token_where_users_send_theirs(pz_config: PzServerConfig) -> None:
    keys = (SecretStr("k" * 32),)
    config = pz_config.model_copy(update={"access": PzAccess.USER, "token": None, "seal_keys": keys})
    (finding,) = await examine_pz_server(config)
    assert not finding.is_bad
    assert "each user sends a token" in finding.text


@pytest.mark.parametrize("fault", ["gateway", "html", "nobody"])
async def test_tells_that_it_is_of_no_use(fault: str, pz: FakePzServer, pz_config: PzServerConfig) -> None:
    if fault == "gateway":
        pz.faults.gateway = 100
    elif fault == "html":
        pz.faults.html_for_json = True
    else:
        pz_config = pz_config.model_copy(update={"url": "http://127.0.0.1:9/api/"})
    (finding,) = await examine_pz_server(pz_config)
    assert finding.is_bad
    assert "TSM_PZ__URL" in finding.advice


async def test_advises_against_an_account_of_an_admin(pz: FakePzServer, pz_config: PzServerConfig) -> None:
    pz.users[pz.service_token] = FakeUser("service", is_admin=True)
    (finding,) = await examine_pz_server(pz_config)
    assert not finding.is_bad
    assert "admin rights" in finding.advice
