"""The OpenAPI document: valid, complete, and about the recipe itself."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from app.api.job_document import JobDocument
from app.api.problem import ProblemDocument
from app.config import AppConfig, IdentityConfig
from app.main import create_app
from trainingset.combine_recipe import CombineRecipe
from trainingset.recipe import CrossmatchRecipe

Operation = tuple[str, str, dict[str, Any]]
OPERATIONS = {
    "abort_job",
    "change_job",
    "create_job",
    "create_upload",
    "delete_job",
    "delete_upload",
    "download_compilation",
    "download_result",
    "download_set",
    "follow_job",
    "get_catalog",
    "get_compilation",
    "get_compilation_provenance",
    "get_job",
    "get_latest_compilation",
    "get_latest_set",
    "get_me",
    "get_provenance",
    "get_registration",
    "get_reproduction",
    "get_set",
    "get_set_provenance",
    "get_upload",
    "list_catalogs",
    "list_jobs",
    "list_presets",
    "list_redshifts",
    "list_results",
    "list_shared_jobs",
    "list_shares",
    "list_sets",
    "list_surveys",
    "list_tokens",
    "list_uploads",
    "plan_job",
    "revoke_share",
    "publish_set",
    "revoke_token",
    "register_job",
    "reproduce",
    "run_job",
    "share_job",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of an application that is not running: it needs no store."""
    config = AppConfig(
        database_url="postgresql+asyncpg:///none",
        queue_url="redis://none",
        blob_root="none",
        registry_path=Path("none"),
        identity=IdentityConfig(url="http://none.example"),
    )
    document: dict[str, Any] = json.loads(json.dumps(create_app(config).openapi()))
    return document


def operations_of(document: dict[str, Any]) -> list[Operation]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_operations_have_the_names_that_clients_are_generated_with(document: dict[str, Any]) -> None:
    assert {operation["operationId"] for _, _, operation in operations_of(document)} == OPERATIONS


def test_every_operation_says_what_it_does_and_where_it_belongs(document: dict[str, Any]) -> None:
    silent = [
        (path, method)
        for path, method, operation in operations_of(document)
        if not (operation.get("summary") and operation.get("description") and len(operation.get("tags", [])) == 1)
    ]

    assert silent == []


def test_every_operation_has_a_typed_success(document: dict[str, Any]) -> None:
    untyped = [
        (path, method)
        for path, method, operation in operations_of(document)
        for status, response in operation["responses"].items()
        if status in {"200", "201"} and not all(content.get("schema") for content in response["content"].values())
    ]

    assert untyped == []


def test_every_error_is_a_problem_document(document: dict[str, Any]) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    others = [
        (path, method, status)
        for path, method, operation in operations_of(document)
        for status, response in operation["responses"].items()
        if int(status) >= 400 and response["content"] != problem
    ]

    assert others == []
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_operation_tells_the_errors_that_all_can_give(document: dict[str, Any]) -> None:
    missing = [
        (path, method)
        for path, method, operation in operations_of(document)
        if not {"400", "401", "403", "503"} <= operation["responses"].keys()
        or ("{" in path and not {"404", "422"} <= operation["responses"].keys())
    ]

    assert missing == []


def test_every_operation_can_be_signed_in_to_in_two_ways(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"].keys() == {"Bearer", "Basic"}
    unsigned = [
        (path, method)
        for path, method, operation in operations_of(document)
        if {scheme for way in operation.get("security", []) for scheme in way} != {"Bearer", "Basic"}
    ]

    assert unsigned == []


def test_recipe_in_the_document_is_the_recipe(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    recipe = schemas["CrossmatchRecipe"]

    kinds = schemas["JobCreation"]["properties"]["recipe"]
    assert kinds["discriminator"]["mapping"].keys() == {"crossmatch", "combine"}
    assert [kind["$ref"].rpartition("/")[2] for kind in kinds["oneOf"]] == ["CrossmatchRecipe", "CombineRecipe"]
    assert schemas["PlanRequest"]["properties"]["recipe"] == {"$ref": "#/components/schemas/CrossmatchRecipe"}
    assert schemas["CombineRecipe"]["properties"].keys() == CombineRecipe.model_fields.keys()
    assert recipe["properties"].keys() == CrossmatchRecipe.model_fields.keys()
    assert set(recipe["required"]) == {"catalog", "redshifts"}
    assert all(field.get("description") for name, field in recipe["properties"].items() if name != "kind")


def test_parameters_are_described(document: dict[str, Any]) -> None:
    silent = [
        (path, parameter["name"])
        for path, _, operation in operations_of(document)
        for parameter in operation.get("parameters", [])
        if not (parameter.get("description") or parameter["schema"].get("description"))
    ]

    assert silent == []


@pytest.mark.parametrize("model", [JobDocument, ProblemDocument])
def test_examples_are_of_their_type(model: type[JobDocument | ProblemDocument]) -> None:
    example = TypeAdapter(model).json_schema()["example"]

    assert model.model_validate(example).model_dump(mode="json", exclude_unset=True, exclude_none=True)


def test_every_model_of_a_body_has_an_example_that_fits(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    bodies = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in operations_of(document)
        for part in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in part.get("content", {}).values()
        if "$ref" in content["schema"]
    }

    assert {"JobCreation", "JobDocument", "UploadDocument", "Me", "ProblemDocument"} <= bodies
    assert [name for name in sorted(bodies) if "example" not in schemas[name]] == []
    unknown = {
        name: schemas[name]["example"].keys() - schemas[name]["properties"].keys()
        for name in bodies
        if schemas[name]["example"].keys() - schemas[name]["properties"].keys()
    }
    assert unknown == {}


async def test_document_is_served_to_anybody(anonymous_client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    answer = await anonymous_client.get("/api/v1/openapi.json")

    assert answer.json() == document
