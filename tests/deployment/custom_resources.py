"""Validates resources that Kubernetes itself does not know; `schemas/README.md` tells whose schemas these are."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

__all__ = ["problems_of"]

_SCHEMAS = Path(__file__).parent / "schemas"


def problems_of(manifest: dict[str, Any]) -> list[str]:
    """What a resource's schema finds wrong with it, fields that the schema does not name included."""
    errors = _validator(manifest["kind"].lower()).iter_errors(manifest)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]


@cache
def _validator(kind: str) -> Draft202012Validator:
    published = _SCHEMAS / f"{kind}.crd.yaml"
    if published.exists():
        definition = yaml.load(published.read_text(encoding="utf-8"), yaml.CSafeLoader)
        (version,) = definition["spec"]["versions"]
        schema = version["schema"]["openAPIV3Schema"]
        # Every resource has these, so definitions need not name them.
        schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {}}
    else:
        schema = yaml.safe_load((_SCHEMAS / "used" / f"{kind}.yaml").read_text(encoding="utf-8"))
    return Draft202012Validator(_closed(schema))


def _closed(schema: Any) -> Any:
    """The same schema, refusing fields that it does not name: a cluster drops those without a word."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        key: {name: _closed(part) for name, part in value.items()} if key == "properties" else _closed(value)
        for key, value in schema.items()
        if key not in ("if", "then", "else", "not", "description")
    }
    closed |= {key: schema[key] for key in ("if", "then", "else", "not") if key in schema}
    is_open = "additionalProperties" in closed or schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in closed and schema.get("type") == "object" and not is_open:
        closed["additionalProperties"] = False
    return closed
