"""Redshift catalogs and surveys: what there is to match and what to cite."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.catalogs import OPEN_CATALOG, a_card, an_entry, write_registry
from tests.app.workbench import a_profile, in_chunks
from trainingset.registry import CatalogCard, CatalogContent, CatalogEntry, Citation, card_key
from uws.assembly import JobLife

REDSHIFTS = "/api/v1/redshifts"
JOBS = "/api/v1/jobs"


def a_compilation(catalog_id: str, **changes: Any) -> CatalogEntry:
    fields: dict[str, Any] = {
        "id": catalog_id,
        "title": "Compilation",
        "content": CatalogContent.REDSHIFTS,
        "release": "2026.1",
        "path": "compilation",
        "ra_column": "ra",
        "dec_column": "dec",
        "object_id_column": "id",
        "surveys": ("VVDS",),
        "citations": (Citation(text="The compilation 2026"),),
    }
    return CatalogEntry.model_validate(fields | changes)


async def leave_card(life: JobLife, entry: CatalogEntry) -> None:
    """The card of a compilation, as a worker leaves it."""
    profile = a_profile(name=entry.id, n_rows=7, coverage_pixels=(5,), coverage_counts=(7,))
    card = CatalogCard(
        entry=entry,
        columns=profile.columns,
        n_rows=7,
        n_partitions=1,
        margin_arcsec=None,
        coverage_order=2,
        coverage_pixels=(5,),
        fingerprint="e" * 64,
        profile=profile,
    )
    await life.blobs.write(card_key(entry.id), in_chunks(card.model_dump_json().encode()))


@pytest.fixture
async def compilation(app: object, registry_path: Path, job_life: JobLife) -> CatalogEntry:
    """One compilation beside the object catalog."""
    entry = a_compilation("specz")
    write_registry(registry_path, an_entry(), entry)
    await leave_card(job_life, entry)
    return entry


async def test_catalogs_of_redshifts_are_listed_apart_from_those_of_objects(
    app_client: httpx.AsyncClient, compilation: CatalogEntry
) -> None:
    (shown,) = (await app_client.get(REDSHIFTS)).json()
    objects = (await app_client.get("/api/v1/catalogs")).json()

    assert [catalog["id"] for catalog in objects] == [OPEN_CATALOG]
    assert (shown["source"], shown["n_rows"], shown["ready"]) == ("catalog:specz", 7, True)
    assert [column["name"] for column in shown["columns"]] == ["ra", "dec", "z"]
    assert (shown["surveys"], shown["citations"][0]["text"]) == (["VVDS"], "The compilation 2026")


async def test_latest_keeps_the_newest_of_each_series(app_client: httpx.AsyncClient, registry_path: Path) -> None:
    write_registry(
        registry_path,
        a_compilation("new", series="specz", release_date=date(2026, 9, 1)),
        a_compilation("old", series="specz", release_date=date(2025, 9, 1)),
        a_compilation("undated", series="specz"),
        a_compilation("first", series="other"),
        a_compilation("second", series="other"),
        a_compilation("alone"),
        a_compilation("other"),
    )

    every = (await app_client.get(REDSHIFTS)).json()
    latest = (await app_client.get(REDSHIFTS, params={"latest": "true"})).json()

    assert len(every) == 7
    assert [catalog["id"] for catalog in latest] == ["new", "second", "alone", "other"]


async def test_catalog_that_needs_a_right_is_hidden_without_it(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, registry_path: Path
) -> None:
    write_registry(registry_path, a_compilation("closed", required_right="dp2"))

    assert (await app_client.get(REDSHIFTS)).json() == []
    assert [catalog["id"] for catalog in (await other_client.get(REDSHIFTS)).json()] == ["closed"]


async def test_catalog_that_no_worker_opened_yet_is_listed_without_counts(
    app_client: httpx.AsyncClient, registry_path: Path
) -> None:
    write_registry(registry_path, a_compilation("fresh"))

    (shown,) = (await app_client.get(REDSHIFTS)).json()

    assert (shown["ready"], shown["n_rows"], shown["columns"]) == (False, None, [])


async def test_redshifts_are_no_catalog_to_match_with(app_client: httpx.AsyncClient, compilation: CatalogEntry) -> None:
    answer = await app_client.post(JOBS, json={"recipe": {"catalog": "specz", "redshifts": "catalog:specz"}})

    assert answer.status_code == 422
    assert "holds redshifts and no objects" in answer.json()["detail"]
    assert (await app_client.get("/api/v1/catalogs/specz")).status_code == 404


async def test_redshifts_of_a_catalog_are_checked_and_planned_like_an_upload(
    app_client: httpx.AsyncClient, compilation: CatalogEntry
) -> None:
    recipe = {"catalog": OPEN_CATALOG, "redshifts": "catalog:specz"}

    planned = (await app_client.post("/api/v1/plan", json={"recipe": recipe})).json()
    wrong = await app_client.post(JOBS, json={"recipe": {**recipe, "redshifts_where": "flag > 2"}})

    assert (planned["problems"], planned["n_redshifts"], planned["expected_rows"]) == ([], 7, 7)
    assert wrong.status_code == 422
    assert "flag" in wrong.json()["detail"]


async def test_objects_without_a_redshift_are_no_source(app_client: httpx.AsyncClient) -> None:
    recipe = {"catalog": OPEN_CATALOG, "redshifts": f"catalog:{OPEN_CATALOG}"}

    refused = await app_client.post(JOBS, json={"recipe": recipe})
    mended = await app_client.post(JOBS, json={"recipe": {**recipe, "roles": {"z": "ebv"}}})

    assert refused.status_code == 422
    assert "no column of the redshift table is known as redshift" in refused.json()["detail"]
    assert mended.status_code == 201


async def test_surveys_have_release_type_and_references(app_client: httpx.AsyncClient) -> None:
    surveys = {survey["name"]: survey for survey in (await app_client.get("/api/v1/surveys")).json()}

    vipers = surveys["VIPERS_PDR2"]
    assert len(surveys) == 40
    assert (vipers["release"], vipers["instrument_types"]) == ("PDR-2", ["s"])
    assert vipers["references"][0]["bibcode"] == "2018A&A...609A..84S"


async def test_catalog_shows_what_magnitudes_can_be_corrected_with(
    app_client: httpx.AsyncClient, registry_path: Path, job_life: JobLife
) -> None:
    entry = CatalogEntry.model_validate(
        {
            **an_entry().model_dump(),
            "citations": [{"text": "The survey 2026", "doi": "10.1/s"}],
            "ebv_column": "ebv",
            "zero_points": {"values": {"g": 0.01}, "source": "a note"},
            "magnitude_limits": {"values": {"g": 25.1}, "source": "a paper"},
            "fields": {"ECDFS": {"ra": 53.1, "dec": -28.1, "radius_deg": 1}},
        }
    )
    write_registry(registry_path, entry)
    await job_life.blobs.write(card_key(entry.id), in_chunks(a_card(entry).model_dump_json().encode()))

    shown = (await app_client.get(f"/api/v1/catalogs/{entry.id}")).json()

    assert shown["citations"][0]["doi"] == "10.1/s"
    assert (shown["ebv_column"], sorted(shown["extinctions"])) == ("ebv", ["rail", "sf11"])
    assert shown["extinctions"]["sf11"]["coefficients"].keys() == {"g", "r", "i"}
    assert (shown["zero_points"]["values"], shown["magnitude_limits"]["values"]) == ({"g": 0.01}, {"g": 25.1})
    assert shown["fields"] == {"ECDFS": {"ra": 53.1, "dec": -28.1, "radius_deg": 1.0}}
