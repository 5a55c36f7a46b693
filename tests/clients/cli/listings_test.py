"""What the service has, in tables for people and in JSON for programs."""

import pytest

from tests.clients.cli.shell import Shell
from tests.system.sky_files import CATALOG

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def test_catalogs_are_listed_with_what_a_match_needs_to_know(signed_in: Shell) -> None:
    catalogs = {catalog["id"]: catalog for catalog in signed_in("catalogs", "--json").document}
    assert catalogs[CATALOG]["margin_arcsec"] == 5.0
    assert "Mock" in signed_in("catalogs").out


def test_surveys_are_listed(signed_in: Shell) -> None:
    surveys = signed_in("surveys", "--json").document
    assert len(surveys) > 10
    assert {"name", "title", "references"} <= surveys[0].keys()


@pytest.mark.parametrize("options", [(), ("--latest",)])
def test_catalogs_of_redshifts_are_listed_as_sources(signed_in: Shell, options: tuple[str, ...]) -> None:
    (catalog,) = signed_in("redshifts", *options, "--json").document
    assert catalog["source"].startswith("catalog:")


def test_an_upload_is_listed_by_its_source(signed_in: Shell, table: object) -> None:
    source = signed_in("upload", table, "--json").document["source"]
    assert source in {upload["source"] for upload in signed_in("uploads", "--json").document}
