from lxml import etree

from app.addresses import Addresses
from app.documents.job_list import job_list_document
from tests.app.jobs import a_job
from tests.shared_data import xml_schema
from uws.phase import ExecutionPhase

UWS = {"uws": "http://www.ivoa.net/xml/UWS/v1.0"}
ADDRESSES = Addresses("https://data.example.org/tsm")


def test_an_empty_list_is_valid_and_of_version_1_1():
    root = etree.fromstring(job_list_document([], ADDRESSES))

    xml_schema("UWS-v1.1.xsd").assertValid(root)
    assert root.get("version") == "1.1"


def test_a_list_of_jobs_in_every_phase_is_valid():
    jobs = [a_job(phase, run_id="a & b" if phase is ExecutionPhase.ERROR else None) for phase in ExecutionPhase]

    root = etree.fromstring(job_list_document(jobs, ADDRESSES))

    xml_schema("UWS-v1.1.xsd").assertValid(root)
    assert {etree.QName(child).localname for child in root} == {"jobref"}


def test_a_reference_tells_phase_run_id_owner_and_creation():
    (reference,) = etree.fromstring(job_list_document([a_job(run_id="pilot")], ADDRESSES))

    assert [(etree.QName(child).localname, child.text) for child in reference] == [
        ("phase", "PENDING"),
        ("runId", "pilot"),
        ("ownerId", "mlima"),
        ("creationTime", "2026-11-22T18:00:00.123Z"),
    ]


def test_a_reference_without_run_id_has_no_such_element():
    (reference,) = etree.fromstring(job_list_document([a_job()], ADDRESSES))

    assert reference.find("uws:runId", UWS) is None


def test_references_are_absolute():
    document = job_list_document([a_job()], ADDRESSES)

    assert b'xlink:href="https://data.example.org/tsm/crossmatch/async/abc"' in document
