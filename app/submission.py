"""From what a user asked for to what a worker gets: shared by both faces of the service.

The UWS face takes a request as it is and lets the job end in ERROR with every problem; the JSON face checks it
first and refuses it with the same list.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from app.catalogs import OpenCatalogs
from app.identity import Identity
from app.services import Services
from app.sources import FoundSource, InputBlob, SourceFinder
from trainingset.check import check_recipe
from trainingset.draft import Draft
from trainingset.errors import Problem, RecipeError
from trainingset.plan import Plan, plan_match, refused_plan
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe, validate_recipe
from trainingset.wire import parameter_names
from uws.job import Parameter
from uws.uploads import Upload

__all__ = [
    "KIND",
    "RunRequest",
    "SourceNotReadyError",
    "Submission",
    "check",
    "parameters_of",
    "plan",
    "request_for_run",
]

KIND = "crossmatch"
"""Kind of the jobs that are made here."""


class SourceNotReadyError(Exception):
    """An upload is still being inspected; the same request will do a little later."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a job needs to run: for `uws.life.JobService.run`."""

    request: dict[str, Any]
    """What the worker gets, as JSON."""
    inputs: tuple[str, ...]
    """Blob keys that must outlive the job."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A request in which nothing was found wrong."""

    recipe: CrossmatchRecipe
    """With every default resolved."""
    parameters: tuple[Parameter, ...]
    """What the user gave, as the UWS face shows it."""
    run: RunRequest


async def request_for_run(
    services: Services,
    identity: Identity,
    *,
    values: Mapping[str, object],
    problems: Sequence[Problem] = (),
    inline: Mapping[str, InputBlob] | None = None,
) -> RunRequest:
    """The request of a job that starts now, whatever is wrong with it: the worker reports all problems together.

    Parameters
    ----------
    values
        Recipe fields as given; texts are read as on the wire.
    problems
        What was found wrong already, such as unknown parameters.
    inline
        Tables that came with the request, by name.
    """
    catalogs = await services.shelf.open_to(identity.rights)
    found = await _find(services, identity, validate_recipe(values), catalogs, inline or {})
    if isinstance(found, Problem):
        return _run_request(values, (*problems, found), None, catalogs)
    return _run_request(values, problems, found, catalogs)


async def check(
    services: Services,
    identity: Identity,
    values: Mapping[str, object],
    *,
    problems: Sequence[Problem] = (),
    inline: Mapping[str, InputBlob] | None = None,
) -> Submission:
    """Check a request against what is known of its catalog and its redshifts.

    Raises
    ------
    RecipeError
        With every problem that was found.
    CatalogNotReadyError
        If no worker has opened the catalog yet.
    SourceNotReadyError
        If the upload's inspection takes longer than the service waits for it.
    """
    named = await _look_up(services, identity, values, inline or {})
    recipe = named.resolved(problems)
    # As given, not as resolved: provenance tells the two apart, and a worker resolves by the catalog as it is then.
    given = named.draft.recipe.model_dump(mode="json", exclude_unset=True)
    run = _run_request(given, (), named.source, named.catalogs, resolved=recipe)
    return Submission(recipe, parameters_of(named.draft.recipe), run)


async def plan(services: Services, identity: Identity, values: Mapping[str, object]) -> Plan:
    """What a recipe would read and give, and everything that `check` would find wrong with it.

    Raises
    ------
    CatalogNotReadyError, SourceNotReadyError
        As `check` does.
    """
    named = await _look_up(services, identity, values, {})
    try:
        recipe = named.resolved()
    except RecipeError as error:
        return refused_plan(error.problems, named.profile)
    # A tenth of a second for a catalog of a hundred thousand partitions, in which others want answers.
    return await asyncio.to_thread(plan_match, recipe, named.catalogs.card(recipe.catalog), named.profile)


@dataclass(frozen=True, slots=True)
class _Named:
    """A request, and what is known of what it names."""

    draft: Draft[CrossmatchRecipe]
    catalogs: OpenCatalogs
    found: FoundSource | Problem | None

    @property
    def source(self) -> FoundSource | None:
        return self.found if isinstance(self.found, FoundSource) else None

    @property
    def profile(self) -> TableProfile | None:
        return self.source.profile if self.source is not None else None

    def resolved(self, problems: Sequence[Problem] = ()) -> CrossmatchRecipe:
        """The recipe with every default resolved; all that is wrong with it is raised together."""
        return check_recipe(
            self.draft,
            problems=(*problems, *(self.source.problems if self.source else ())),
            card_of=self.catalogs.cards.get,
            catalog_ids=tuple(self.catalogs.entries),
            table=self.found if isinstance(self.found, Problem) else self.profile,
        )


async def _look_up(
    services: Services, identity: Identity, values: Mapping[str, object], inline: Mapping[str, InputBlob]
) -> _Named:
    """Find what a request names, waiting a little for an inspection that is under way."""
    draft = validate_recipe(values)
    catalogs = await services.shelf.open_to(identity.rights)
    if draft.recipe.catalog in catalogs.entries:
        catalogs.card(draft.recipe.catalog)
    found = await _find(services, identity, draft, catalogs, inline)
    if isinstance(found, FoundSource) and found.inspecting is not None:
        found = await _inspected(services, identity, draft, catalogs, found.inspecting)
    return _Named(draft, catalogs, found)


async def _find(
    services: Services,
    identity: Identity,
    draft: Draft[CrossmatchRecipe],
    catalogs: OpenCatalogs,
    inline: Mapping[str, InputBlob],
) -> FoundSource | Problem | None:
    """The source that the request names; None if it names none, which the recipe itself complains about."""
    if "redshifts" in draft.refused:
        return None
    finder = SourceFinder(services.jobs, services.uploads)
    return await finder.find(draft.recipe.source, owner=identity.username, catalogs=catalogs, inline=inline)


async def _inspected(
    services: Services, identity: Identity, draft: Draft[CrossmatchRecipe], catalogs: OpenCatalogs, upload: Upload
) -> FoundSource | Problem | None:
    """The same source after its inspection, which usually takes less than a second."""
    await services.uploads.wait(upload.id, owner=identity.username, seconds=services.config.inspection_wait_seconds)
    found = await _find(services, identity, draft, catalogs, {})
    if isinstance(found, FoundSource) and found.inspecting is not None:
        raise SourceNotReadyError(
            f"upload {upload.id} ({upload.name}) is still being inspected: send the same request again in a few "
            "seconds; nothing was created"
        )
    return found


def _run_request(
    values: Mapping[str, object],
    problems: Sequence[Problem],
    found: FoundSource | None,
    catalogs: OpenCatalogs,
    *,
    resolved: CrossmatchRecipe | None = None,
) -> RunRequest:
    inputs = {str(values["redshifts"]): found.input} if found is not None and found.input is not None else {}
    request: dict[str, Any] = {
        "kind": KIND,
        "recipe": to_jsonable_python(dict(values)),
        "problems": [problem.model_dump(mode="json", exclude_none=True) for problem in problems],
        "inputs": {source: stored.model_dump(mode="json") for source, stored in inputs.items()},
        "catalogs": list(catalogs.entries),
    }
    if resolved is not None:
        request["resolved"] = resolved.model_dump(mode="json")
    return RunRequest(request, tuple(stored.blob for stored in inputs.values()))


def parameters_of(recipe: CrossmatchRecipe) -> tuple[Parameter, ...]:
    """The fields that were given, spelled as DALI parameters."""
    given = recipe.model_fields_set
    values = {
        wire.name: getattr(recipe, field)
        for name, (field, wire) in parameter_names(CrossmatchRecipe).items()
        if field in given
    }
    return tuple(Parameter(name, _on_the_wire(value)) for name, value in values.items() if value is not None)


def _on_the_wire(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return ",".join(f"{key}={_on_the_wire(item)}" for key, item in value.items())
        case tuple():
            return ",".join(_on_the_wire(item) for item in value)
        case float():
            return repr(value)
        case _:
            return str(value)
