"""What the client does when something else than a well-behaved service answers."""

import socket
import traceback

import httpx
import pytest

import tsm
from tests.clients.library.conftest import TOKEN
from tests.clients.library.faulty_server import Answer, FaultyServer, a_job, json_answer, problem
from tests.clients.library.quick_clock import QuickClock
from tsm.remote.retries import Clock, Patience

ME = "/api/v1/me"
JOB = "/api/v1/jobs/j1"
PAGE = Answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html"})


def test_an_overloaded_service_is_asked_again(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, quick_clock: QuickClock
) -> None:
    server.on("GET", JOB, *(problem(status, "Busy.") for status in (429, 502, 503, 504)), json_answer(a_job()))

    assert faulty_maker.job("j1").id == "j1"
    assert quick_clock.pauses == [0.5, 1.0, 2.0, 4.0]


def test_chance_spreads_the_pauses_of_many_clients() -> None:
    failure = httpx.TransportError("broken")
    shortest = Patience().pause(3, failure, Clock(draw=lambda: 0.0))
    longest = Patience().pause(3, failure, Clock(draw=lambda: 1.0))

    assert (shortest, longest) == (1.0, 2.0)


def test_the_pause_that_the_service_asks_for_is_kept(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, quick_clock: QuickClock
) -> None:
    server.on("GET", JOB, problem(503, "Restarting.", **{"Retry-After": "7"}), json_answer(a_job()))

    faulty_maker.job("j1")

    assert len(quick_clock.pauses) == 1
    assert 7 <= quick_clock.pauses[0] < 8


def test_a_service_that_asks_for_an_hour_is_not_waited_for(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, quick_clock: QuickClock
) -> None:
    server.on("GET", JOB, problem(429, "Too many requests.", **{"Retry-After": "3600"}))

    with pytest.raises(tsm.ServiceUnavailableError, match="3600 s"):
        faulty_maker.job("j1")

    assert quick_clock.pauses == []


def test_a_broken_connection_is_tried_again(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("GET", JOB, Answer(is_dropped=True), json_answer(a_job()))

    assert faulty_maker.job("j1").id == "j1"


def test_a_service_that_stays_broken_is_given_up(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("GET", JOB, problem(503, "The job store does not answer."))

    with pytest.raises(tsm.ServiceUnavailableError, match="The job store does not answer"):
        faulty_maker.job("j1")

    assert len(server.requests) == Patience().attempts


def test_a_job_that_was_not_made_is_asked_for_again(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("POST", "/api/v1/jobs", problem(503, "Still inspecting."), json_answer(a_job(), 201))

    assert faulty_maker.crossmatch("upload:u1", catalog="mock.object").id == "j1"


@pytest.mark.parametrize("failure", [Answer(is_dropped=True), problem(502, "Bad gateway."), problem(504, "Too late.")])
def test_a_job_that_may_have_been_made_is_not_made_again(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, failure: Answer
) -> None:
    server.on("POST", "/api/v1/jobs", failure, json_answer(a_job(), 201))

    with pytest.raises(tsm.ServiceUnavailableError):
        faulty_maker.crossmatch("upload:u1", catalog="mock.object")

    assert len(server.requests) == 1


def test_a_job_whose_deletion_was_not_answered_is_deleted(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker
) -> None:
    server.on("GET", JOB, json_answer(a_job()))
    server.on("DELETE", JOB, Answer(is_dropped=True), problem(404, "There is no job 'j1' of yours."))

    faulty_maker.job("j1").delete()

    assert len(server.requests_to("DELETE", JOB)) == 2


def test_a_login_page_is_told_as_such(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("GET", ME, PAGE)

    with pytest.raises(tsm.NotTheServiceError, match=r"page for browsers.*should look like https://"):
        faulty_maker.me()


def test_a_redirection_is_not_followed_and_its_secrets_are_not_shown(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker
) -> None:
    login = f"{server.url}/login?return=secret"
    server.on("GET", ME, Answer(302, headers={"Location": login}))

    with pytest.raises(tsm.NotTheServiceError, match="redirection") as refusal:
        faulty_maker.me()

    assert "secret" not in str(refusal.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [Answer(404, b"<html>", {"Content-Type": "text/html"}), json_answer({"a": 1}, 404)])
def test_a_wrong_prefix_is_told(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, answer: Answer) -> None:
    server.on("GET", ME, answer)

    with pytest.raises(tsm.NotTheServiceError, match=r"no PZ Training Set Maker.*without anything behind the prefix"):
        faulty_maker.me()


@pytest.mark.parametrize("value", [{"hello": 1}, [1], None, "text"])
def test_json_of_another_kind_is_told(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, value: object) -> None:
    server.on("GET", ME, json_answer(value))
    server.on("GET", "/api/v1/catalogs", json_answer(value))

    for call in (faulty_maker.me, faulty_maker.catalogs):
        with pytest.raises(tsm.NotTheServiceError, match="another service"):
            call()


def test_an_expired_token_is_told_with_what_to_do(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("GET", ME, Answer(401, b"<html>401</html>", {"Content-Type": "text/html"}))

    with pytest.raises(tsm.SignInError, match=r"expired.*tsm login"):
        faulty_maker.me()


def test_a_host_that_does_not_exist_is_named(quick_clock: QuickClock) -> None:
    patience = Patience(attempts=1)
    maker = tsm.TrainingSetMaker("https://nowhere.invalid/tsm", TOKEN, patience=patience, clock=quick_clock.clock)

    with pytest.raises(tsm.ServiceUnavailableError, match=r"nowhere\.invalid.*check the address"):
        maker.me()


def test_a_service_that_does_not_run_is_told(quick_clock: QuickClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    maker = tsm.TrainingSetMaker(f"http://127.0.0.1:{port}/tsm", TOKEN, clock=quick_clock.clock)

    with pytest.raises(tsm.ServiceUnavailableError, match="nothing listens at"):
        maker.me()

    assert len(quick_clock.pauses) == Patience().attempts - 1


def test_what_a_newer_service_adds_is_let_through(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    progress = {"stage": "x", "done": 1, "total": None, "unit": "p", "rows": None, "eta": 3}
    newer = a_job("PONDERING", kind="combine", mood="good", progress=progress)
    server.on("GET", JOB, json_answer(newer))

    job = faulty_maker.job("j1")

    assert (job.phase, job.state.kind, job.state["mood"]) == ("PONDERING", "combine", "good")


def test_a_fault_of_the_service_tells_its_number(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("GET", ME, problem(500, "The service made an error; it is in the log as abc123."))

    with pytest.raises(tsm.ServiceFaultError, match="abc123"):
        faulty_maker.me()

    assert len(server.requests) == 1


def test_the_token_goes_to_no_other_place_and_no_message_shows_it(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker
) -> None:
    server.on("GET", ME, problem(401, "No."))

    with pytest.raises(tsm.SignInError) as refusal:
        faulty_maker.me()

    shown = "".join(traceback.TracebackException.from_exception(refusal.value, capture_locals=True).format())
    assert server.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN.partition(".")[2] not in shown + repr(faulty_maker) + str(faulty_maker)


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/tsm/api/v1/jobs/j1",
        "http://127.0.0.1:1/tsm/api/v1/jobs/j1",
        "../me",
        "https://data.example.org.evil.example/tsm/crossmatch/async/j1",
        "",
    ],
)
def test_the_address_of_a_job_elsewhere_is_refused(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, address: str
) -> None:
    with pytest.raises(tsm.NotTheServiceError):
        faulty_maker.job(address)

    assert server.requests == []


@pytest.mark.parametrize("path", ["/api/v1/jobs/j1", "/crossmatch/async/j1", "/crossmatch/async/j1/results/parquet"])
def test_a_job_is_found_by_its_addresses(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, path: str) -> None:
    server.on("GET", JOB, json_answer(a_job()))

    assert faulty_maker.job(f"{server.url}{path}").id == "j1"


def test_without_a_token_nothing_is_sent(server: FaultyServer, no_settings: object) -> None:
    with tsm.TrainingSetMaker(server.url) as maker, pytest.raises(tsm.SignInError, match="TSM_TOKEN"):
        maker.me()

    assert server.requests == []
