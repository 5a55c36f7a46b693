"""From what a user asked for to what a worker gets: shared by both faces of the service and by all kinds of jobs.

The UWS face takes a request as it is and lets the job end in ERROR with every problem; the JSON face checks it
first and refuses it with the same list.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from app.catalogs import OpenCatalogs
from app.identity import Identity
from app.job_kinds import AnyDraft, AnyRecipe, JobKind, NamedSource, combination_of, kind_of, read_recipe, sources_of
from app.plain_queries import request_for_query
from app.queries import query_tables, read_query
from app.recipe_parameters import parameters_of
from app.result_rights import REQUIRED_RIGHTS, rights_needed_by
from app.services import Services
from app.sources import FoundSource, InputBlob, SourceFinder
from trainingset.check import check_recipe
from trainingset.combine_check import check_combination, combination_problems
from trainingset.combine_recipe import CombineRecipe
from trainingset.draft import Draft
from trainingset.errors import Problem, RecipeError
from trainingset.plan import Plan, plan_match, refused_plan
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe
from uws.job import Parameter
from uws.uploads import Upload

__all__ = ["RunRequest", "SourceNotReadyError", "Submission", "check", "plan", "request_for_run"]

Found = Mapping[str, FoundSource | Problem]
"""What there is of each source, as the recipe spells it."""


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

    kind: JobKind
    recipe: AnyRecipe
    """With every default resolved."""
    parameters: tuple[Parameter, ...]
    """What the user gave, as the UWS face shows it."""
    run: RunRequest


async def request_for_run(
    services: Services,
    identity: Identity,
    *,
    kind: JobKind,
    values: Mapping[str, object],
    problems: Sequence[Problem] = (),
    inline: Mapping[str, InputBlob] | None = None,
    query: str | None = None,
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
    query
        ADQL that says what the other fields would.
    """
    catalogs = await services.shelf.open_to(identity.grants)
    if query is not None:
        published = await services.publications.list()
        tables = query_tables(catalogs, published, inline or (), identity.grants)
        # In a thread: the first query loads the parser, and a long one takes its time.
        read = await asyncio.to_thread(read_query, query, values, tables)
        problems = (*problems, *read.problems)
        if read.is_plain:
            # Its fields are read by the worker, with everything that is wrong.
            found = await _find_table(services, identity, read.values, catalogs, inline or {})
            lost = [source for source in found.values() if isinstance(source, Problem)]
            request = request_for_query(
                read.values, (*problems, *lost), found, catalogs, published=published, rights=identity.grants
            )
            return RunRequest(*request)
        values = read.values
    found = await _find(services, identity, read_recipe(kind, values), catalogs, inline or {})
    lost = [source for source in found.values() if isinstance(source, Problem)]
    return _run_request(kind, values, (*problems, *lost), found, catalogs)


async def check(
    services: Services,
    identity: Identity,
    values: Mapping[str, object],
    *,
    kind: JobKind | None = None,
    problems: Sequence[Problem] = (),
    inline: Mapping[str, InputBlob] | None = None,
) -> Submission:
    """Check a request against what is known of the catalogs and redshifts that it names.

    Parameters
    ----------
    kind
        Without it, as the values tell.

    Raises
    ------
    RecipeError
        With every problem that was found.
    CatalogNotReadyError
        If no worker has opened the catalog yet.
    SourceNotReadyError
        If the upload's inspection takes longer than the service waits for it.
    """
    kind = kind or kind_of(values)
    named = await _look_up(services, identity, kind, values, inline or {})
    # In a thread: rule files of users take their time.
    recipe = await asyncio.to_thread(named.resolved, problems)
    # As given, not as resolved: provenance tells the two apart, and a worker resolves by the catalog as it is then.
    given = named.draft.recipe.model_dump(mode="json", exclude_unset=True)
    run = _run_request(kind, given, (), named.found, named.catalogs, resolved=recipe)
    return Submission(kind, recipe, parameters_of(named.draft.recipe), run)


async def plan(services: Services, identity: Identity, values: Mapping[str, object]) -> Plan:
    """What a cross-match would read and give, and everything that `check` would find wrong with it.

    Raises
    ------
    RecipeError
        If the recipe is no cross-match: others read all of their inputs, and nothing else.
    CatalogNotReadyError, SourceNotReadyError
        As `check` does.
    """
    if (kind := kind_of(values)) is not JobKind.CROSSMATCH:
        message = f"a recipe of kind {kind} reads all rows of its inputs and nothing else: there is nothing to plan"
        raise RecipeError([Problem(parameter="kind", message=message, value=kind)])
    named = await _look_up(services, identity, kind, values, {})
    try:
        recipe = await asyncio.to_thread(named.resolved)
    except RecipeError as error:
        return refused_plan(error.problems, named.profile)
    assert isinstance(recipe, CrossmatchRecipe), "the kind says so"
    # A tenth of a second for a catalog of a hundred thousand partitions, in which others want answers.
    return await asyncio.to_thread(plan_match, recipe, named.catalogs.card(recipe.catalog), named.profile)


@dataclass(frozen=True, slots=True)
class _Named:
    """A request, and what is known of what it names."""

    draft: AnyDraft
    catalogs: OpenCatalogs
    found: Found

    @property
    def profile(self) -> TableProfile | None:
        """Of the redshifts of a cross-match, where they are one table that was inspected."""
        return None if combination_of(self.draft.recipe) else next(iter(self._profiles.values()), None)

    def resolved(self, problems: Sequence[Problem] = ()) -> AnyRecipe:
        """The recipe with every default resolved; all that is wrong with it is raised together."""
        found = [*problems, *self._source_problems()]
        recipe = self.draft.recipe
        if isinstance(recipe, CombineRecipe):
            return check_combination(
                Draft(recipe, self.draft.problems, self.draft.refused),
                problems=found,
                catalog_ids=tuple(self.catalogs.entries),
                footprint_names=self.catalogs.footprints,
                profiles=self._profiles,
            )
        if (combination := combination_of(recipe)) is not None:
            found += self._problems_of(combination)
        return check_recipe(
            Draft(recipe, self.draft.problems, self.draft.refused),
            problems=found,
            card_of=self.catalogs.cards.get,
            catalog_ids=tuple(self.catalogs.entries),
            table=self.profile,
        )

    @property
    def _profiles(self) -> dict[str, TableProfile]:
        found = {name: source.profile for name, source in self.found.items() if isinstance(source, FoundSource)}
        return {name: profile for name, profile in found.items() if profile is not None}

    def _source_problems(self) -> Iterator[Problem]:
        for source in self.found.values():
            yield from (source,) if isinstance(source, Problem) else source.problems

    def _problems_of(self, combination: CombineRecipe) -> Iterator[Problem]:
        return combination_problems(
            Draft(combination, (), frozenset()),
            catalog_ids=tuple(self.catalogs.entries),
            footprint_names=self.catalogs.footprints,
            profiles=self._profiles,
        )


async def _look_up(
    services: Services, identity: Identity, kind: JobKind, values: Mapping[str, object], inline: Mapping[str, InputBlob]
) -> _Named:
    """Find what a request names, waiting a little for inspections that are under way."""
    draft = read_recipe(kind, values)
    catalogs = await services.shelf.open_to(identity.grants)
    if isinstance(draft.recipe, CrossmatchRecipe) and draft.recipe.catalog in catalogs.entries:
        catalogs.card(draft.recipe.catalog)
    found = await _find(services, identity, draft, catalogs, inline)
    if uploads := _inspecting(found):
        await _wait_for(services, identity, uploads)
        found = await _find(services, identity, draft, catalogs, inline)
        _require_inspected(_inspecting(found))
    return _Named(draft, catalogs, found)


async def _find_table(
    services: Services,
    identity: Identity,
    values: Mapping[str, object],
    catalogs: OpenCatalogs,
    inline: Mapping[str, InputBlob],
) -> Found:
    """What there is of the table that a query of one table names; nothing for one of a catalog."""
    if (source := values.get("source")) is None:
        return {}
    named = NamedSource(str(source), parameter_name="QUERY")
    found = await _finder(services).find(named, identity=identity, catalogs=catalogs, inline=inline)
    return {named.source: found}


async def _find(
    services: Services,
    identity: Identity,
    draft: AnyDraft,
    catalogs: OpenCatalogs,
    inline: Mapping[str, InputBlob],
) -> Found:
    """What there is of each source; of one that is named twice, as its first mention says it."""
    finder = _finder(services)
    first: dict[str, NamedSource] = {}
    for named in sources_of(draft):
        first.setdefault(named.source, named)
    return {
        source: await finder.find(named, identity=identity, catalogs=catalogs, inline=inline)
        for source, named in first.items()
    }


def _finder(services: Services) -> SourceFinder:
    return SourceFinder(
        services.jobs,
        services.uploads,
        services.publications,
        pz=services.pz,
        results_need_rights=services.config.results_need_rights,
    )


def _required_rights(
    kind: JobKind, values: Mapping[str, object], found: Found, catalogs: OpenCatalogs
) -> frozenset[str]:
    """Rights of everything from which rows come."""
    recipe = read_recipe(kind, values).recipe
    matched = catalogs.entries.get(recipe.catalog) if isinstance(recipe, CrossmatchRecipe) else None
    needed = rights_needed_by([matched.required_right] if matched is not None else [])
    return needed.union(*(source.required_rights for source in found.values() if isinstance(source, FoundSource)))


def _inspecting(found: Found) -> list[Upload]:
    """Uploads of which nobody knows yet what they hold."""
    sources = [source for source in found.values() if isinstance(source, FoundSource)]
    return [source.inspecting for source in sources if source.inspecting is not None]


async def _wait_for(services: Services, identity: Identity, uploads: Sequence[Upload]) -> None:
    """Inspections usually take less than a second."""
    seconds = services.config.inspection_wait_seconds
    async with asyncio.TaskGroup() as waiting:
        for upload in uploads:
            waiting.create_task(services.uploads.wait(upload.id, owner=identity.username, seconds=seconds))


def _require_inspected(uploads: Sequence[Upload]) -> None:
    if uploads:
        named = ", ".join(f"{upload.id} ({upload.name})" for upload in uploads)
        one_or_more = "upload {} is" if len(uploads) == 1 else "uploads {} are"
        raise SourceNotReadyError(
            f"{one_or_more.format(named)} still being inspected: send the same request again in a few seconds; "
            "nothing was created"
        )


def _run_request(
    kind: JobKind,
    values: Mapping[str, object],
    problems: Sequence[Problem],
    found: Found,
    catalogs: OpenCatalogs,
    *,
    resolved: AnyRecipe | None = None,
) -> RunRequest:
    whole = {name: source for name, source in found.items() if isinstance(source, FoundSource)}
    products = {name: source.product for name, source in whole.items() if source.product is not None}
    inputs = {name: source.input for name, source in whole.items() if source.input is not None}
    request: dict[str, Any] = {
        "kind": kind,
        "recipe": to_jsonable_python(dict(values)),
        "problems": [problem.model_dump(mode="json", exclude_none=True) for problem in problems],
        "inputs": {source: stored.model_dump(mode="json") for source, stored in inputs.items()},
        "products": {source: product.model_dump(mode="json") for source, product in products.items()},
        "catalogs": list(catalogs.entries),
        REQUIRED_RIGHTS: sorted(_required_rights(kind, values, found, catalogs)),
    }
    if resolved is not None:
        request["resolved"] = resolved.model_dump(mode="json")
    return RunRequest(request, tuple(dict.fromkeys(stored.blob for stored in inputs.values())))
