"""Downloads over a poor line, to a poor disk."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tsm
from tests.clients.library.conftest import TOKEN
from tests.clients.library.faulty_server import Answer, FaultyServer, a_job, json_answer, problem, serving
from tsm.remote.placing import PartialFile

CONTENT = os.urandom(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = "/api/v1/jobs/j1/results/parquet"
HEADERS = {"ETag": f'"{SHA256}"', "Content-Type": "application/vnd.apache.parquet"}
WHOLE = Answer(200, CONTENT, HEADERS)


def rest(start: int, **faults: int) -> Answer:
    content_range = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    return Answer(206, CONTENT[start:], {**HEADERS, "Content-Range": content_range}, **faults)


def a_finished_job(server: FaultyServer, maker: tsm.TrainingSetMaker, size: int = len(CONTENT)) -> tsm.Job:
    result = {
        "id": "parquet",
        "url": "https://data.example.org/tsm/crossmatch/async/j1/results/parquet",
        "filename": "training_set.parquet",
        "mime_type": "application/vnd.apache.parquet",
        "size": size,
        "sha256": SHA256,
    }
    server.on("GET", "/api/v1/jobs/j1", json_answer(a_job("COMPLETED", results=[result])))
    return maker.job("j1")


@pytest.fixture
def job(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> tsm.Job:
    return a_finished_job(server, faulty_maker)


def test_a_download_that_is_cut_goes_on_where_it_broke(server: FaultyServer, job: tsm.Job, tmp_path: Path) -> None:
    first = Answer(200, CONTENT, HEADERS, cut_after=100_000)
    server.on("GET", FILE, first, rest(100_000, cut_after=50_000), rest(150_000))

    path = job.download("parquet", tmp_path)

    assert path == tmp_path / "training_set.parquet"
    assert path.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [path]
    second = server.requests_to("GET", FILE)[1].headers
    assert (second["Range"], second["If-Range"]) == ("bytes=100000-", f'"{SHA256}"')


def test_a_download_that_cannot_go_on_begins_again(server: FaultyServer, job: tsm.Job, tmp_path: Path) -> None:
    server.on("GET", FILE, Answer(200, CONTENT, HEADERS, cut_after=100_000), WHOLE)

    assert job.download("parquet", tmp_path).read_bytes() == CONTENT


def test_many_cuts_are_borne_as_long_as_something_comes(server: FaultyServer, job: tsm.Job, tmp_path: Path) -> None:
    first = Answer(200, CONTENT, HEADERS, cut_after=20_000)
    server.on("GET", FILE, first, *(rest(start, cut_after=20_000) for start in range(20_000, 300_000, 20_000)))

    assert job.download("parquet", tmp_path).read_bytes() == CONTENT


def test_a_line_that_brings_nothing_is_given_up_and_nothing_is_left(
    server: FaultyServer, job: tsm.Job, tmp_path: Path
) -> None:
    server.on("GET", FILE, Answer(200, CONTENT, HEADERS, cut_after=1000), rest(1000, cut_after=0))

    with pytest.raises(tsm.ServiceUnavailableError):
        job.download("parquet", tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_service_that_restarts_meanwhile_is_waited_for(server: FaultyServer, job: tsm.Job, tmp_path: Path) -> None:
    first = Answer(200, CONTENT, HEADERS, cut_after=1000)
    server.on("GET", FILE, first, problem(503, "Starting."), Answer(is_dropped=True), rest(1000))

    assert job.download("parquet", tmp_path).read_bytes() == CONTENT


def test_damaged_content_is_not_kept(server: FaultyServer, job: tsm.Job, tmp_path: Path) -> None:
    server.on("GET", FILE, Answer(200, b"x" + CONTENT[1:], HEADERS))

    with pytest.raises(tsm.ChecksumError, match="nothing was kept"):
        job.download("parquet", tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_login_page_is_not_taken_for_the_file(server: FaultyServer, job: tsm.Job, tmp_path: Path) -> None:
    server.on("GET", FILE, Answer(200, b"<html>" + bytes(400_000), {"Content-Type": "text/html"}))

    with pytest.raises(tsm.NotTheServiceError, match="login page"):
        job.download("parquet", tmp_path)


def test_an_existing_file_stays_unless_it_may_go(server: FaultyServer, job: tsm.Job, tmp_path: Path) -> None:
    server.on("GET", FILE, WHOLE)
    target = tmp_path / "mine.parquet"
    target.write_text("precious")

    with pytest.raises(tsm.TargetExistsError, match="overwrite=True"):
        job.download("parquet", target)
    assert target.read_text() == "precious"
    assert server.requests_to("GET", FILE) == []

    assert job.download("parquet", target, overwrite=True).read_bytes() == CONTENT


def test_a_file_that_comes_to_be_meanwhile_stays(tmp_path: Path) -> None:
    with PartialFile(tmp_path / "set.parquet") as file:
        file.write(b"new")
        (tmp_path / "set.parquet").write_text("precious")
        with pytest.raises(tsm.TargetExistsError):
            file.place(overwrite=False)

    assert [path.read_text() for path in tmp_path.iterdir()] == ["precious"]


def test_a_folder_that_is_missing_is_named(job: tsm.Job, tmp_path: Path) -> None:
    with pytest.raises(tsm.DiskError, match=r"no folder .*missing; make it first"):
        job.download("parquet", tmp_path / "missing" / "set.parquet")


@pytest.mark.parametrize("folder", ["/proc", "/sys/kernel"])
def test_a_place_that_cannot_be_written_is_named(job: tsm.Job, folder: str) -> None:
    with pytest.raises(tsm.DiskError, match=rf"{folder}/set\.parquet cannot be written"):
        job.download("parquet", f"{folder}/set.parquet")


def test_a_file_larger_than_the_disk_is_refused_before_it_is_fetched(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, tmp_path: Path
) -> None:
    job = a_finished_job(server, faulty_maker, size=10**18)

    with pytest.raises(tsm.DiskError, match=r"needs 1e\+09 GB.*make room"):
        job.download("parquet", tmp_path)

    assert server.requests_to("GET", FILE) == []


def test_a_disk_that_fills_up_meanwhile_is_told_and_nothing_is_left(
    server: FaultyServer, job: tsm.Job, tmp_path: Path
) -> None:
    server.on("GET", FILE, WHOLE)
    script = f"""
import resource, tsm
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    tsm.TrainingSetMaker({server.url!r}, {TOKEN!r}).job("j1").download("parquet", {str(tmp_path)!r})
except tsm.DiskError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert "no room is left" in run.stdout, run.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_result_is_answered_with_those_that_are(job: tsm.Job, tmp_path: Path) -> None:
    with pytest.raises(tsm.UnknownResultError, match="'fits'; it has: parquet"):
        job.download("fits", tmp_path)


def test_a_file_is_fetched_from_the_store_to_which_the_service_sends_without_showing_the_token(
    server: FaultyServer, job: tsm.Job, tmp_path: Path
) -> None:
    with serving() as store:
        late = Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        store.on("GET", "/bucket/file", late, Answer(200, CONTENT, {}))
        server.on("GET", FILE, Answer(307, b"", HEADERS | {"Location": f"{store.url}/bucket/file?signed=1"}))

        path = job.download("parquet", tmp_path)

    assert path.read_bytes() == CONTENT
    assert len(store.requests) == 2
    assert not any("Authorization" in request.headers for request in store.requests)


def test_a_redirect_that_does_not_name_the_file_is_not_followed(
    server: FaultyServer, job: tsm.Job, tmp_path: Path
) -> None:
    server.on("GET", FILE, Answer(307, b"", {"Location": "https://login.example.org/"}))

    with pytest.raises(tsm.TsmError):
        job.download("parquet", tmp_path)
