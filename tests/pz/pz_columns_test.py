"""Roles come from associations that are unambiguous, addresses from the server that is configured."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pz.addresses import same_server
from pz.columns import ROLE_OF_ALIAS, UCD_OF_ALIAS, AssociatedColumn, roles_of

BASE = httpx.URL("https://pz.example/api/")
ALIASES = st.sampled_from([*ROLE_OF_ALIAS, "ra", "REDSHIFT", None])


def columns(**aliases: str | None) -> list[AssociatedColumn]:
    return [AssociatedColumn(column_name=name, alias=alias) for name, alias in aliases.items()]


def test_aliases_become_roles_with_case() -> None:
    found = roles_of(columns(RAJ2000="RA", DEJ2000="Dec", zspec="z", q="z_flag", other="ra", more=None))

    assert found == {"ra": "RAJ2000", "dec": "DEJ2000", "z": "zspec", "quality_flag": "q"}
    assert UCD_OF_ALIAS.keys() == ROLE_OF_ALIAS.keys()


def test_none_or_several_fall_back_to_the_literal_name_and_optional_ones_to_nothing() -> None:
    several = columns(z1="z", z2="z", e1="z_err", e2="z_err")

    assert roles_of(several, ["ra", "dec", "z", "z_err", "z1"]) == {"ra": "ra", "dec": "dec", "z": "z"}
    assert roles_of([], ["RA", "zspec"]) == {}


@given(st.lists(st.tuples(st.text(min_size=1, max_size=3), ALIASES), max_size=8))
def test_roles_do_not_depend_on_the_order_of_columns(pairs: list[tuple[str, str | None]]) -> None:
    told = [AssociatedColumn(column_name=name, alias=alias) for name, alias in pairs]

    assert roles_of(told) == roles_of(told[::-1])


@pytest.mark.parametrize(
    "told",
    [
        "https://evil.example/api/products/1/file/?token=a%2Fb:c",
        "http://pz.example/api/products/1/file/?token=a%2Fb:c",
        "https://user:secret@pz.example:8443/api/products/1/file/?token=a%2Fb:c",
        "/api/products/1/file/?token=a%2Fb:c",
    ],
)
def test_addresses_lead_to_the_configured_server_with_path_and_query_kept(told: str) -> None:
    assert str(same_server(BASE, told)) == "https://pz.example/api/products/1/file/?token=a%2Fb:c"


@pytest.mark.parametrize(
    "told", ["", "https://pz.example/admin/", "/api/../admin/", "/api/%2e%2e/admin/", "https://[", "//evil/x"]
)
def test_addresses_outside_of_the_api_are_refused(told: str) -> None:
    with pytest.raises(ValueError, match="the PZ Server told an address"):
        same_server(BASE, told)


@given(st.text(max_size=40))
def test_whatever_is_told_no_other_host_is_asked(told: str) -> None:
    try:
        address = same_server(BASE, told)
    except ValueError:
        return
    assert (address.scheme, address.host, address.port) == ("https", "pz.example", None)
