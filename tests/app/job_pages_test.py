"""Jobs on pages: the list, one job with its results, and the form that makes one."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import lxml.html
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.browser.form_fields import form_fields
from app.config import AppConfig, BrowserConfig
from app.job_kinds import JobKind, recipe_model
from app.main import create_app
from tests.app.browser_test import HOME, KEY, browsing, form_of, said
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.gafaelfawr import FakeGafaelfawr
from tests.app.workbench import Workbench
from tests.trainingset.provenance_test import a_record
from trainingset.errors import Problem
from trainingset.wire import parameter_names
from uws.assembly import JobLife

SITE = "http://127.0.0.1:8080"
OWN = {"Origin": SITE}
TABLE = b"ra,dec,z\n1,2,0.5\n"

pytestmark = pytest.mark.usefixtures("catalog_cards")


@pytest.fixture
async def site(app_config: AppConfig, gafaelfawr: FakeGafaelfawr) -> AsyncIterator[FastAPI]:
    browser = BrowserConfig(session_keys=(SecretStr(KEY),))
    app = create_app(app_config.model_copy(update={"browser": browser}))
    async with app.router.lifespan_context(app):
        yield app


async def signed_in(app: FastAPI, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with browsing(app) as client:
        client.base_url = httpx.URL(SITE)
        begun = await client.post(f"{HOME}/login", data={"token": token}, headers=OWN)
        assert begun.status_code == 303
        yield client


@pytest.fixture
async def browser(site: FastAPI, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which ``mlima`` is signed in."""
    async for client in signed_in(site, token):
        yield client


@pytest.fixture
async def other_browser(site: FastAPI, other_token: str) -> AsyncIterator[httpx.AsyncClient]:
    async for client in signed_in(site, other_token):
        yield client


async def submit(browser: httpx.AsyncClient, kind: str = "crossmatch", **fields: str) -> httpx.Response:
    """Fill the form in and send it as browsers do: with all that was left empty."""
    page = await browser.get(f"{HOME}/new/{kind}")
    form = lxml.html.fromstring(page.text).forms[-1]
    assert form.action == f"{HOME}/new/{kind}"
    files = [field.name for field in form.inputs if field.get("type") == "file"]
    values = {name: value or "" for name, value in form.fields.items() if name not in files} | fields
    chosen = dict.fromkeys(files, ("", b"", "application/octet-stream"))
    chosen[files[0]] = ("specz.csv", TABLE, "text/csv")
    return await browser.post(form.action, data=values, files=chosen, headers=OWN)


async def test_a_form_that_is_filled_in_makes_a_job_that_runs(browser: httpx.AsyncClient, worker: Workbench) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG, RADIUS="0.8", RUNID="my <b>pilot</b>")
    assert made.status_code == 303, said(made)
    claim = await worker.claim_next()
    assert claim.job.request["recipe"] == {"catalog": OPEN_CATALOG, "redshifts": "table", "radius_arcsec": "0.8"}
    assert [item.name for item in claim.job.parameters if item.blob] == ["table"]
    page = await browser.get(made.headers["location"])
    assert (page.status_code, "EXECUTING" in said(page), "<b>pilot" in page.text) == (200, True, False)
    await worker.complete(claim, content=b"ra,dec\n")
    page = await browser.get(made.headers["location"])
    assert "COMPLETED" in said(page)
    assert "Made." in said(page)
    assert f"tsm fetch {claim.job.id}" in said(page)
    link, _ = lxml.html.fromstring(page.text).xpath("//section[@aria-labelledby='results']//a/@href")
    answer = await browser.get(link)
    assert answer.content == b"ra,dec\n"
    assert answer.headers["content-disposition"].startswith("attachment")
    listed = await browser.get(HOME)
    assert "my <b>pilot</b>" in said(listed)
    assert "<b>pilot" not in listed.text


async def test_the_quality_report_is_linked_on_the_page_of_its_job(
    browser: httpx.AsyncClient, worker: Workbench, job_life: JobLife
) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG, REPORT="true")
    claim = await worker.claim()
    page = b"<!DOCTYPE html><title>Quality</title>"
    report = await worker.store(claim, "report", "report.html", "text/html", page)
    figures = await worker.store(claim, "report_figures", "report_figures.zip", "application/zip", b"PK")
    await job_life.claims.publish(claim, results=(report, figures), record={"recipe": {}})
    shown = lxml.html.fromstring((await browser.get(made.headers["location"])).text)
    links = {link.text: link.get("href") for link in shown.xpath("//section[@aria-labelledby='results']//a")}
    assert links.keys() == {"report.html", "report_figures.zip"}
    assert (await browser.get(links["report.html"])).content == page


async def test_how_a_result_was_made_is_read_as_a_page_and_as_prov(
    browser: httpx.AsyncClient, other_browser: httpx.AsyncClient, worker: Workbench
) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG)
    here = made.headers["location"]
    assert (await browser.get(f"{here}/provenance")).status_code == 404
    record = a_record()
    await worker.complete(record=json.loads(record.to_json()))
    links = lxml.html.fromstring((await browser.get(here)).text).xpath(
        "//section[@aria-labelledby='provenance']//a/@href"
    )
    shown, plain, prov = [await browser.get(link) for link in links]
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert record.row_checksum in said(shown)
    assert "script-src" not in shown.headers["content-security-policy"]
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert plain.json()["row_checksum"] == record.row_checksum
    assert {"entity", "activity", "agent"} <= set(prov.json())
    assert (await browser.get(f"{here}/provenance?format=xml")).status_code == 400
    for link in links:
        assert (await other_browser.get(link)).status_code == 404


async def test_a_combination_takes_several_tables(browser: httpx.AsyncClient, worker: Workbench) -> None:
    page = await browser.get(f"{HOME}/new/combine")
    values = {"form": form_of(page), "PRESET": "training"}
    files = dict.fromkeys(("table1", "table3"), ("a.csv", TABLE, "text/csv"))
    made = await browser.post(f"{HOME}/new/combine", data=values, files=files, headers=OWN)
    assert made.status_code == 303, said(made)
    claim = await worker.claim_next()
    assert claim.job.kind == "combine"
    assert claim.job.request["recipe"]["inputs"] == "table1,table3"


async def test_what_is_wrong_with_a_form_is_said_on_a_page_and_leaves_nothing(
    browser: httpx.AsyncClient, site: FastAPI
) -> None:
    twice = await submit(browser, CATALOG=OPEN_CATALOG, REDSHIFTS="catalog:deep")
    assert (twice.status_code, "give it once" in said(twice)) == (400, True)
    foreign = await submit(browser, CATALOG=OPEN_CATALOG, form="x" * 43)
    assert (foreign.status_code, "another session" in said(foreign)) == (403, True)
    elsewhere = await browser.post(f"{HOME}/new/crossmatch", data={}, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    assert "There are none" in said(await browser.get(HOME))
    assert await site.state.services.blobs.list_prefix("jobs") == []


def test_the_form_has_a_field_for_everything_that_the_recipe_knows() -> None:
    for kind in JobKind:
        fields = form_fields(kind, catalogs=[OPEN_CATALOG])
        names = {field.name for field in (*fields.first, *fields.further)}
        assert names == set(parameter_names(recipe_model(kind))) - {"REDSHIFTS", "INPUT"}
    found = {field.name: field for field in form_fields(JobKind.CROSSMATCH, catalogs=["a", "b"]).first}
    assert (found["CATALOG"].options, found["CATALOG"].is_required) == (("a", "b"), True)
    assert (found["RADIUS"].control, found["RADIUS"].unit) == ("number", "arcsec")
    assert (found["MATCH"].options, found["MATCH"].default) == (("nearest", "mutual", "all"), "nearest")
    assert found["WHERE"].control == "text"


async def test_the_form_offers_the_catalogs_that_the_user_may_match_with(
    browser: httpx.AsyncClient, other_browser: httpx.AsyncClient
) -> None:
    def offered(page: httpx.Response) -> list[str]:
        return list(lxml.html.fromstring(page.text).xpath("//select[@name='CATALOG']/option/text()"))

    assert offered(await browser.get(f"{HOME}/new/crossmatch")) == [OPEN_CATALOG]
    assert offered(await other_browser.get(f"{HOME}/new/crossmatch")) == [OPEN_CATALOG, RESTRICTED_CATALOG]


async def test_a_job_is_submitted_again_with_a_change(browser: httpx.AsyncClient) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG, RADIUS="0.8", SPLIT="a=0.5,b=0.5", SEED="7")
    page = lxml.html.fromstring((await browser.get(made.headers["location"])).text)
    (form,) = [each for each in page.forms if each.action == f"{HOME}/new/crossmatch"]
    again = await browser.get(form.action, params=dict(form.fields))
    fields = lxml.html.fromstring(again.text).forms[-1].fields
    wanted = {"CATALOG": OPEN_CATALOG, "RADIUS": "0.8", "SPLIT": "a=0.5,b=0.5", "SEED": "7"}
    assert {name: fields[name] for name in wanted} == wanted
    # The file is to be chosen again.
    assert fields["REDSHIFTS"] == ""


async def test_a_page_tells_how_far_a_job_is_and_stops_it(browser: httpx.AsyncClient, worker: Workbench) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG)
    here = made.headers["location"]
    claim = await worker.claim_next()
    await worker.progress(claim, "match", 3, 12)
    page = await browser.get(here)
    assert "match: 3 of 12 partitions, 7 rows" in said(page)
    assert lxml.html.fromstring(page.text).xpath("//progress/@value") == ["3"]
    form = {"form": form_of(page)}
    stopped = await browser.post(f"{here}/abort", data=form, headers=OWN)
    assert (stopped.status_code, stopped.headers["location"]) == (303, here)
    assert "ABORTED" in said(await browser.get(here))
    # The stream tells the end at once.
    events = await browser.get(f"{here}/events")
    assert '"phase":"ABORTED"' in events.text
    gone = await browser.post(f"{here}/delete", data=form, headers=OWN)
    assert (gone.status_code, gone.headers["location"]) == (303, HOME)
    assert (await browser.get(here)).status_code == 404


async def test_what_went_wrong_is_told_problem_by_problem(browser: httpx.AsyncClient, worker: Workbench) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG)
    await worker.fail(None, Problem(parameter="RADIUS", message="is <i>too</i> large"))
    page = await browser.get(made.headers["location"])
    assert ("is <i>too</i> large" in said(page), "<i>too" in page.text) == (True, False)


async def test_a_pending_job_is_started(browser: httpx.AsyncClient, app_client: httpx.AsyncClient) -> None:
    form = {"CATALOG": OPEN_CATALOG, "REDSHIFTS": "upload:x"}
    address = (await app_client.post("/crossmatch/async", data=form)).headers["location"]
    here = f"{HOME}/crossmatch/{address.rsplit('/', 1)[1]}"
    page = await browser.get(here)
    assert "PENDING" in said(page)
    started = await browser.post(f"{here}/run", data={"form": form_of(page)}, headers=OWN)
    assert started.status_code == 303
    assert "QUEUED" in said(await browser.get(here))


async def test_nobody_sees_or_touches_the_jobs_of_others(
    browser: httpx.AsyncClient, other_browser: httpx.AsyncClient
) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG)
    here = made.headers["location"]
    for path in ("", "/events", "/results/result"):
        assert (await other_browser.get(f"{here}{path}")).status_code == 404
    form = {"form": form_of(await other_browser.get(HOME))}
    for action in ("run", "abort", "delete"):
        assert (await other_browser.post(f"{here}/{action}", data=form, headers=OWN)).status_code == 404
    assert (await browser.get(here.replace("crossmatch", "combine"))).status_code == 404
    assert "There are none" in said(await other_browser.get(HOME))
    assert "QUEUED" in said(await browser.get(here))


async def test_the_list_is_filtered_and_goes_on(browser: httpx.AsyncClient) -> None:
    for number in range(3):
        await submit(browser, CATALOG=OPEN_CATALOG, RUNID=f"run-{number}")
    assert re.findall("run-[0-9]", said(await browser.get(HOME))) == ["run-2", "run-1", "run-0"]
    few = await browser.get(HOME, params={"last": 2, "phase": "QUEUED", "kind": "crossmatch"})
    assert re.findall("run-[0-9]", said(few)) == ["run-2", "run-1"]
    (more,) = lxml.html.fromstring(few.text).xpath("//a[text()='Show more']/@href")
    assert re.findall("run-[0-9]", said(await browser.get(more))) == ["run-2", "run-1", "run-0"]
    assert "There are none of this kind" in said(await browser.get(HOME, params={"phase": "ERROR"}))
    assert (await browser.get(HOME, params={"last": 0})).status_code == 400


async def test_pages_run_nothing_but_their_own_script(browser: httpx.AsyncClient) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG)
    for path in (HOME, f"{HOME}/new/crossmatch", f"{HOME}/new/combine", f"{HOME}/tokens", made.headers["location"]):
        page = await browser.get(path)
        document = lxml.html.fromstring(page.text)
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert document.xpath("//script[not(@src)] | //@style | //style") == []
        assert [name for node in document.iter() for name in node.attrib if name.startswith("on")] == []
        for address in document.xpath("//script/@src | //link/@href"):
            assert (await browser.get(address)).status_code == 200
        # What a screen reader needs: a language, one main part, a name for each control.
        assert document.get("lang") == "en"
        assert len(document.xpath("//main")) == len(document.xpath("//h1")) == 1
        for node in document.xpath("//input[not(@type='hidden')] | //select | //textarea"):
            assert document.xpath(f"//label[@for='{node.get('id')}']") or node.getparent().tag == "label", node.attrib


async def test_a_job_is_shared_and_no_longer_shared_on_its_page(
    browser: httpx.AsyncClient, other_browser: httpx.AsyncClient, worker: Workbench
) -> None:
    made = await submit(browser, CATALOG=OPEN_CATALOG, RUNID="for all")
    here = made.headers["location"]
    await worker.complete(content=b"ra,dec\n")
    sent = {"form": form_of(await browser.get(here)), "reader": "everyone"}
    assert (await other_browser.get(here)).status_code == 404
    assert (
        await browser.post(f"{here}/share", data={**sent, "reader": "group:g_other"}, headers=OWN)
    ).status_code == 400

    assert (await browser.post(f"{here}/share", data=sent, headers=OWN)).status_code == 303
    assert "everyone" in said(await browser.get(here))
    page = await other_browser.get(here)
    assert (page.status_code, "shares this with you" in said(page)) == (200, True)
    assert not lxml.html.fromstring(page.text).xpath("//main//form | //button[text()='Delete with its results']")
    link = lxml.html.fromstring(page.text).xpath("//section[@aria-labelledby='results']//a/@href")[0]
    assert (await other_browser.get(link)).content == b"ra,dec\n"
    assert "for all" in said(await other_browser.get(HOME))
    theirs = {"form": form_of(await other_browser.get(f"{HOME}/new/crossmatch")), "reader": "everyone"}
    for action in ("delete", "abort", "run", "share", "unshare"):
        assert (await other_browser.post(f"{here}/{action}", data=theirs, headers=OWN)).status_code == 404

    assert (await browser.post(f"{here}/unshare", data=sent, headers=OWN)).status_code == 303
    assert (await other_browser.get(here)).status_code == 404
    assert "for all" not in said(await other_browser.get(HOME))
