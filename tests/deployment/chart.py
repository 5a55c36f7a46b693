"""The chart `helm/tsm` as Helm renders it, for each documented file of values."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from helm_python.chart import Chart

__all__ = ["CHART", "EXAMPLES", "Rendered", "example", "render", "values_with"]

CHART = Path(__file__).parents[2] / "helm" / "tsm"
EXAMPLES = sorted((CHART / "examples").glob("*.yaml"))

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    """Manifests of one release."""

    manifests: tuple[Manifest, ...]

    def of_kind(self, kind: str) -> list[Manifest]:
        return [manifest for manifest in self.manifests if manifest["kind"] == kind]

    def one(self, kind: str, name: str) -> Manifest:
        (found,) = [manifest for manifest in self.of_kind(kind) if manifest["metadata"]["name"] == name]
        return found

    def pods(self) -> Iterator[tuple[str, Manifest]]:
        """Specifications of all pods, by a name for messages."""
        for manifest in self.manifests:
            name = f"{manifest['kind']} {manifest['metadata']['name']}"
            match manifest["kind"]:
                case "Deployment" | "Job":
                    yield name, manifest["spec"]["template"]["spec"]
                case "DaskCluster":
                    yield f"{name}: scheduler", manifest["spec"]["scheduler"]["spec"]
                    yield f"{name}: worker", manifest["spec"]["worker"]["spec"]

    def environment(self, process: str) -> dict[str, str | None]:
        """Settings of a process of the service; None for what comes from a secret, as a variable or as a file."""
        kind = "Job" if process == "migration" else "Deployment"
        pod = self.one(kind, f"tsm-{process}")["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        maps = [self.one("ConfigMap", source["configMapRef"]["name"]) for source in container.get("envFrom", [])]
        found: dict[str, str | None] = {name: text for one in maps for name, text in one["data"].items()}
        variables = {variable["name"]: variable.get("value") for variable in container["env"]}
        files = [item["path"] for volume in pod["volumes"] if "secret" in volume for item in volume["secret"]["items"]]
        return found | variables | dict.fromkeys(files)


@cache
def _chart() -> Chart:
    return Chart.load(CHART)


def render(values: Mapping[str, Any], *, is_install: bool = True) -> Rendered:
    """Render the chart as a release `tsm` in the namespace `photoz`; raises what Helm raises."""
    texts = _chart().render(dict(values), name="tsm", namespace="photoz", is_install=is_install)
    documents = [
        document
        for name, text in sorted(texts.items())
        if name.endswith(".yaml")
        for document in yaml.load_all(text, yaml.CSafeLoader)
    ]
    return Rendered(tuple(document for document in documents if document))


@cache
def example(name: str) -> Rendered:
    """The chart with one of its documented files of values."""
    return render(values_with(name))


def values_with(name: str, **changes: Any) -> dict[str, Any]:
    """Values of a documented file, with changes; ``a__b=1`` changes ``b`` of ``a``."""
    values: dict[str, Any] = yaml.safe_load((CHART / "examples" / f"{name}.yaml").read_text(encoding="utf-8"))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = values
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = copy.deepcopy(value)
    return values
