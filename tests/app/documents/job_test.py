import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pyvo.io import uws as pyvo_uws

from app.addresses import Addresses
from app.documents.job import JOB_INFO_NAMESPACE, job_document, parameters_document, results_document
from tests.app.jobs import a_job, a_result
from tests.shared_data import xml_schema
from uws.job import Parameter
from uws.phase import ExecutionPhase

UWS = {"uws": "http://www.ivoa.net/xml/UWS/v1.0", "xlink": "http://www.w3.org/1999/xlink", "tsm": JOB_INFO_NAMESPACE}
XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
ADDRESSES = Addresses("https://data.example.org/tsm")


def tree(document: bytes) -> etree._Element:
    return etree.fromstring(document)


def children(root: etree._Element) -> list[str]:
    return [etree.QName(child).localname for child in root]


@pytest.mark.parametrize("phase", list(ExecutionPhase))
def test_job_document_is_valid_in_every_phase(phase):
    xml_schema("UWS-v1.1.xsd").assertValid(tree(job_document(a_job(phase), ADDRESSES)))


@pytest.mark.parametrize("phase", list(ExecutionPhase))
def test_what_must_be_present_is_present_in_every_phase_and_in_order(phase):
    found = children(tree(job_document(a_job(phase, run_id="pilot"), ADDRESSES)))

    order = [
        *("jobId", "runId", "ownerId", "phase", "quote", "creationTime", "startTime", "endTime"),
        *("executionDuration", "destruction", "parameters", "results", "errorSummary", "jobInfo"),
    ]
    always = set(order) - {"errorSummary", "jobInfo"}
    assert found == [name for name in order if name in found]
    assert always <= set(found)


def test_root_is_a_job_of_version_1_1():
    root = tree(job_document(a_job(), ADDRESSES))

    assert etree.QName(root).text == f"{{{UWS['uws']}}}job"
    assert root.get("version") == "1.1"


def test_unknown_times_are_nil_and_known_ones_are_not():
    root = tree(job_document(a_job(ExecutionPhase.PENDING, destruction=None), ADDRESSES))

    nil = [etree.QName(child).localname for child in root if child.get(XSI_NIL) == "true"]
    assert nil == ["quote", "startTime", "endTime", "destruction"]


def test_times_are_utc_with_milliseconds_and_z():
    root = tree(job_document(a_job(), ADDRESSES))

    assert root.findtext("uws:creationTime", namespaces=UWS) == "2026-11-22T18:00:00.123Z"


def test_results_are_referred_to_by_the_literal_prefix_xlink():
    document = job_document(a_job(ExecutionPhase.COMPLETED), ADDRESSES)

    assert b'xlink:href="https://data.example.org/tsm/crossmatch/async/abc/results/result"' in document
    assert b'xlink:type="simple"' in document


def test_results_tell_media_type_size_and_checksum():
    result = tree(job_document(a_job(ExecutionPhase.COMPLETED), ADDRESSES)).find(".//uws:result", UWS)

    assert result.get("mime-type") == "application/x-votable+xml"
    assert result.get("size") == "1234"
    assert result.get("{urn:uwscustom}sha256") == "0" * 64


def test_the_answer_has_exactly_the_media_type_that_was_asked_for():
    job = a_job(
        ExecutionPhase.COMPLETED,
        parameters=(Parameter("RESPONSEFORMAT", "text/xml"),),
        results=(a_result(), a_result("parquet", mime_type="application/vnd.apache.parquet")),
    )

    results = tree(job_document(job, ADDRESSES)).findall(".//uws:result", UWS)

    assert [result.get("mime-type") for result in results] == ["text/xml", "application/vnd.apache.parquet"]


def test_an_uploaded_table_is_a_parameter_by_reference():
    job = a_job(parameters=(Parameter("up load", "specz.vot", blob="jobs/abc/inputs/0"),))

    parameter = tree(job_document(job, ADDRESSES)).find(".//uws:parameter", UWS)

    assert parameter.get("byReference") == "true"
    assert parameter.text == "https://data.example.org/tsm/crossmatch/async/abc/parameters/up%20load"


def test_text_that_xml_cannot_hold_is_given_by_reference():
    job = a_job(parameters=(Parameter("WHERE", "a\x01b"),))

    parameter = tree(job_document(job, ADDRESSES)).find(".//uws:parameter", UWS)

    assert parameter.get("byReference") == "true"
    assert parameter.text.endswith("/parameters/WHERE")


def test_the_run_id_is_listed_as_it_is_now():
    job = a_job(run_id="second", parameters=(Parameter("RUNID", "first"), Parameter("CATALOG", "mock.object")))

    parameters = tree(job_document(job, ADDRESSES)).findall(".//uws:parameter", UWS)

    assert {parameter.get("id"): parameter.text for parameter in parameters} == {
        "CATALOG": "mock.object",
        "RUNID": "second",
    }


@pytest.mark.parametrize("phase", sorted(set(ExecutionPhase) - {ExecutionPhase.ERROR}))
def test_only_a_failed_job_has_an_error_summary(phase):
    error = a_job(ExecutionPhase.ERROR).error

    assert tree(job_document(a_job(phase, error=error), ADDRESSES)).find("uws:errorSummary", UWS) is None


def test_a_failed_job_says_why_and_that_there_is_detail():
    summary = tree(job_document(a_job(ExecutionPhase.ERROR), ADDRESSES)).find("uws:errorSummary", UWS)

    assert dict(summary.attrib) == {"type": "fatal", "hasDetail": "true"}
    assert summary.findtext("uws:message", namespaces=UWS) == "RADIUS: 9 is above the margin"


def test_progress_and_notes_are_told_in_a_namespace_of_ours():
    job = a_job(ExecutionPhase.EXECUTING, notes=("Waits for a worker.",))

    info = tree(job_document(job, ADDRESSES)).find("uws:jobInfo", UWS)

    progress = {etree.QName(child).localname: child.text for child in info.find("tsm:progress", UWS)}
    assert progress == {"stage": "match", "done": "3", "total": "7", "unit": "partitions", "rows": "120"}
    assert info.findtext("tsm:note", namespaces=UWS) == "Waits for a worker."


@pytest.mark.parametrize("phase", list(ExecutionPhase))
def test_pyvo_reads_the_job_in_every_phase(phase, tmp_path):
    path = tmp_path / "job.xml"
    path.write_bytes(job_document(a_job(phase), ADDRESSES))

    job = pyvo_uws.parse_job(str(path))

    assert (job.jobid, job.phase, job.executionduration.to_value("s")) == ("abc", phase.value, 3600)


def test_pyvo_finds_result_and_progress(tmp_path):
    path = tmp_path / "job.xml"
    path.write_bytes(job_document(a_job(ExecutionPhase.COMPLETED), ADDRESSES))

    job = pyvo_uws.parse_job(str(path))

    assert job.results[0].href == "https://data.example.org/tsm/crossmatch/async/abc/results/result"
    assert "progress" in job.jobinfo.keys()  # noqa: SIM118 - it is no dictionary


@given(value=st.text(), run_id=st.text(st.characters(exclude_categories=["C"]), min_size=1))
def test_parameters_come_back_exactly_or_by_reference(value, run_id):
    job = a_job(parameters=(Parameter("WHERE", value),), run_id=run_id)

    parameters = tree(job_document(job, ADDRESSES)).findall(".//uws:parameter", UWS)

    assert parameters[0].get("byReference") == "true" or (parameters[0].text or "") == value
    assert parameters[1].text == run_id


def test_parameters_document_is_valid():
    xml_schema("UWS-v1.1.xsd").assertValid(tree(parameters_document(a_job(), ADDRESSES)))


@pytest.mark.parametrize("phase", [ExecutionPhase.PENDING, ExecutionPhase.COMPLETED])
def test_results_document_is_valid(phase):
    xml_schema("UWS-v1.1.xsd").assertValid(tree(results_document(a_job(phase), ADDRESSES)))


def test_results_document_is_an_empty_list_before_completion():
    root = tree(results_document(a_job(ExecutionPhase.EXECUTING), ADDRESSES))

    assert etree.QName(root).localname == "results"
    assert len(root) == 0
