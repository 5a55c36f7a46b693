"""The provenance record as W3C PROV-JSON: entities, the activity that used and made them, and its agents."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from trainingset.provenance import Provenance

__all__ = ["prov_document"]

_NAMESPACE = "urn:pz-tsm:"
"""Names of this document; a URN, since a record may come from no service at all."""

Attributes = dict[str, JsonValue]


def prov_document(record: Provenance) -> dict[str, JsonValue]:
    """A record in the words of W3C PROV.

    Parameters
    ----------
    record
        The record.

    Returns
    -------
    dict
        Ready for `json.dumps`: inputs, catalogs, recipe and outputs are entities; the run is one activity; the owner
        and the packages are agents.

    Notes
    -----
    PROV-JSON, W3C member submission of 24 April 2013. Attributes are texts, since record and recipe have integers that
    readers of JSON get wrong.
    """
    used = _used(record)
    made = _made(record)
    agents = _agents(record)
    sections: dict[str, Any] = {
        "prefix": {"tsm": _NAMESPACE},
        "entity": used | made,
        "activity": {"tsm:run": _run(record)},
        "agent": agents,
        "used": {
            f"_:used{number}": {"prov:activity": "tsm:run", "prov:entity": name} for number, name in enumerate(used)
        },
        "wasGeneratedBy": {
            f"_:made{number}": {"prov:entity": name, "prov:activity": "tsm:run"} for number, name in enumerate(made)
        },
        "wasAssociatedWith": {
            f"_:agent{number}": {"prov:activity": "tsm:run", "prov:agent": name, "prov:plan": "tsm:recipe"}
            for number, name in enumerate(agents)
        },
        "wasDerivedFrom": {
            f"_:from{number}": {"prov:generatedEntity": "tsm:rows", "prov:usedEntity": name}
            for number, name in enumerate(used)
            if name != "tsm:recipe"
        },
        "specializationOf": {
            f"_:file{number}": {"prov:specificEntity": name, "prov:generalEntity": "tsm:rows"}
            for number, name in enumerate(made)
            if name != "tsm:rows"
        },
    }
    # Readers refuse sections that are there and empty.
    return {name: section for name, section in sections.items() if section}


def _used(record: Provenance) -> dict[str, Attributes]:
    recipe = {name: _text(value) for name, value in record.recipe.items() if value is not None}
    inputs = {
        f"tsm:input{number}": _attributes(
            {"prov:label": item.name, "source": item.source, "sha256": item.sha256, "rows": item.rows}
        )
        for number, item in enumerate(record.inputs, start=1)
    }
    catalogs = {
        f"tsm:catalog{number}": _attributes(
            {
                "prov:label": item.id,
                "release": item.release,
                "fingerprint": item.fingerprint,
                "rows": item.rows,
            }
        )
        for number, item in enumerate(record.catalogs, start=1)
    }
    plan: Attributes = {"prov:type": {"$": "prov:Plan", "type": "prov:QUALIFIED_NAME"}}
    return {"tsm:recipe": plan | _attributes(recipe)} | inputs | catalogs


def _made(record: Provenance) -> dict[str, Attributes]:
    rows = {"rows": record.rows, "row_checksum": record.row_checksum}
    files = {
        f"tsm:output{number}": _attributes(
            {
                "prov:label": item.filename,
                "result": item.id,
                "mime_type": item.mime_type,
                "size": item.size,
                "sha256": item.sha256,
            }
        )
        for number, item in enumerate(record.outputs, start=1)
    }
    return {"tsm:rows": _attributes(rows)} | files


def _run(record: Provenance) -> Attributes:
    counts = {
        f"stage{number}_{stage.stage}": f"{stage.rows_in} -> {stage.rows_out}"
        for number, stage in enumerate(record.stages, start=1)
    }
    run = _attributes({"kind": record.kind, "seed": record.seed, **counts, **record.facts})
    start = record.facts.get("start_time")
    return run if start is None else run | {"prov:startTime": start}


def _agents(record: Provenance) -> dict[str, Attributes]:
    software: dict[str, Attributes] = {
        f"tsm:software{number}": {
            "prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
            **_attributes({"prov:label": name, "version": version}),
        }
        for number, (name, version) in enumerate(record.software.items(), start=1)
    }
    owner = record.facts.get("owner")
    person: Attributes = {"prov:type": {"$": "prov:Person", "type": "prov:QUALIFIED_NAME"}, "prov:label": owner}
    return software if owner is None else {"tsm:owner": person} | software


def _attributes(values: Mapping[str, object]) -> Attributes:
    """Attributes with a prefix, and values as texts; PROV's own keep their names."""
    return {name if ":" in name else f"tsm:{name}": _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
