"""Whatever the OpenAPI document allows, and what it does not: the JSON face answers as the document says, never 5xx."""

from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks as openapi_checks

from tests.fuzz.hunt import Hunt, thorough
from tests.fuzz.service import Service

pytestmark = [pytest.mark.xdist_group("fuzz"), pytest.mark.long]

# Not that all that breaks the document is refused: /plan tells what is wrong with a recipe in a good answer, and
# dates are read in more spellings than are written down.
_CHECKS = (
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.ignored_auth,
)
_IN_SEQUENCE = (*_CHECKS, openapi_checks.use_after_free, openapi_checks.ensure_resource_availability)


@pytest.fixture(scope="module")
def openapi(service: Service) -> Any:
    """The document as the service serves it."""
    config = SchemathesisConfig.from_dict(
        {
            "phases": {"coverage": {"enabled": Hunt.of_this_run().scale > 1}, "examples": {"enabled": True}},
            "generation": {"mode": "all"},
            "headers": service.headers,
        }
    )
    # A stream of events ends with its job, which no single request waits for.
    document = schemathesis.openapi.from_url(f"{service.url}/api/v1/openapi.json", config=config)
    return document.exclude(operation_id="follow_job")


schema = schemathesis.pytest.from_fixture("openapi")


@schema.parametrize()
@thorough(4)
def test_every_operation_answers_as_its_document_says(case: schemathesis.Case, service: Service) -> None:
    case.call_and_validate(headers=service.headers, timeout=30, checks=list(_CHECKS))


def test_sequences_of_requests_keep_the_promises_of_the_document(openapi: Any, service: Service) -> None:
    machine = openapi.as_state_machine()

    class Sequence(machine):  # type: ignore[misc, valid-type]  # made of the document
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"headers": service.headers, "timeout": 30}

        def validate_response(self, response: Any, case: schemathesis.Case, **kwargs: Any) -> None:
            case.validate_response(response, checks=list(_IN_SEQUENCE), headers=service.headers)

    Sequence.run(settings=settings(thorough(4), stateful_step_count=6))
