"""Asking for a result to be registered on the PZ Server: what is wrong is said, and consent taken, before anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.identity import Identity
from app.result_rights import named_rights, required_rights
from app.services import Services
from pz.config import PzAccess, PzServerConfig
from pz.credentials import sealed_token
from pz.errors import ProductError
from trainingset.errors import Problem, RecipeError
from uws.errors import JobPhaseError, UnknownJobError
from uws.job import Job, JobId
from uws.phase import ExecutionPhase
from uws.registrations import Registration

__all__ = ["CONSENT", "Wish", "ask_for_registration"]

CONSENT = "share_private"
"""The field by which a user agrees."""

PRODUCT_TYPE = "training_set"
_MAIN_RESULT = "parquet"
_LONGEST_NAME = 255
_OPEN_SOURCES = ("compilation:", "catalog:")
"""What all users of this service may have, or all with a right that the result needs as well."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user says of the product."""

    display_name: str
    description: str
    release: str | None
    share_private: bool


async def ask_for_registration(
    services: Services, identity: Identity, job: Job, wish: Wish, *, job_url: str
) -> Registration:
    """Check a wish whole, and leave it to the workers.

    Raises
    ------
    ProductError
        If this service knows no PZ Server, or the user's token for it is missing.
    JobPhaseError
        If the job is not COMPLETED.
    RecipeError
        With everything that is wrong.
    RegistrationConflictError
        If it had another name before.
    """
    config = services.config.pz
    if config is None:
        raise ProductError("this service knows no PZ Server: download the result, and register it by hand")
    if job.phase is not ExecutionPhase.COMPLETED:
        raise JobPhaseError(f"job {job.id} is {job.phase}: its result can be registered once it is COMPLETED")
    services.pz.require_token(identity)
    name = f"{' '.join(wish.display_name.split()) or 'TSM'} [job {job.id}]"
    problems = [*_problems(config, job, wish, name), *await _consent_problems(services, config, identity, job, wish)]
    if problems:
        raise RecipeError(problems)
    return await services.registrations.ask(
        job.id,
        identity.username,
        name=name,
        wanted={
            "description": _description(job, wish, identity, job_url),
            "product_type": PRODUCT_TYPE,
            "release": wish.release,
        },
        sealed_token=sealed_token(config, identity.pz_token, owner=identity.username),
    )


def _problems(config: PzServerConfig, job: Job, wish: Wish, name: str) -> list[Problem]:
    problems = []
    if (n_over := len(name) - _LONGEST_NAME) > 0:
        message = f"is {n_over} characters too long: with the id of the job, {_LONGEST_NAME} are taken"
        problems.append(Problem(parameter="display_name", message=message))
    if not name.isprintable():
        problems.append(Problem(parameter="display_name", message="holds characters that cannot be printed"))
    main = next((result for result in job.results if result.id == _MAIN_RESULT), None)
    if main is None:
        message = "the job made no Parquet file, which would be the main file: run it again with FORMATS=parquet"
        problems.append(Problem(parameter="job", message=message))
    elif main.size > config.most_upload_bytes:
        message = (
            f"{main.filename} has {main.size} bytes; the PZ Server takes {config.most_upload_bytes}: ask for fewer "
            "columns or rows"
        )
        problems.append(Problem(parameter="job", message=message))
    # On the PZ Server everybody sees a product without a release, and who sees the release one with it.
    held_to = config.rights_by_release.get(wish.release or "")
    if uncovered := required_rights(job) - {held_to}:
        known = sorted(release for release, right in config.rights_by_release.items() if right in uncovered)
        advice = f"name the release {' or '.join(known)}" if known else "no release of the PZ Server is held to it"
        message = f"the result needs {named_rights(uncovered)}, and others would see it there: {advice}"
        problems.append(Problem(parameter="release", message=message, value=wish.release))
    return problems


async def _consent_problems(
    services: Services, config: PzServerConfig, identity: Identity, job: Job, wish: Wish
) -> list[Problem]:
    if wish.share_private or not (private := await _private_sources(services, config, identity, job)):
        return []
    message = (
        f"the rows hold redshifts of {', '.join(private)}, which only you can see now; registered, everybody who sees "
        f"the product on the PZ Server sees them. If you may share them and want to, send {CONSENT}: true"
    )
    return [Problem(parameter=CONSENT, message=message)]


async def _private_sources(services: Services, config: PzServerConfig, identity: Identity, job: Job) -> Sequence[str]:
    """Sources of this job, and of the jobs whose results it took, that are not open to others."""
    private: dict[str, None] = {}
    waiting, seen = [job], {job.id}
    while waiting:
        request = waiting.pop().request
        for source in dict.fromkeys([*request.get("inputs", {}), *request.get("products", {})]):
            if source.startswith(_OPEN_SOURCES) or (source.startswith("pz:") and config.access is PzAccess.SERVICE):
                continue
            if not source.startswith("job:"):
                private[source] = None
                continue
            earlier = JobId(source.removeprefix("job:"))
            if earlier in seen:
                continue
            seen.add(earlier)
            try:
                waiting.append(await services.jobs.get(earlier, owner=identity.username))
            except UnknownJobError:
                # Nobody can tell any more what it was made from.
                private[source] = None
    return tuple(private)


def _description(job: Job, wish: Wish, identity: Identity, job_url: str) -> str:
    """What people read on the page of the product."""
    recipe = job.request.get("resolved") or job.request.get("recipe", {})
    sources = ", ".join([*job.request.get("inputs", {}), *job.request.get("products", {})])
    products = "; ".join(
        f"product {product['id']} ({product['internal_name']})" for product in job.request.get("products", {}).values()
    )
    software = (job.record or {}).get("software", {})
    facts = {
        "Made by": "PZ Training Set Maker " + str(software.get("pz-trainingset", "")),
        "Requested by": identity.username,
        "Job": job_url,
        "Catalog": recipe.get("catalog"),
        "Redshifts": sources,
        "PZ Server inputs": products,
        "Match radius / arcsec": recipe.get("radius_arcsec"),
    }
    lines = [f"{name}: {str(value).strip()}" for name, value in facts.items() if value]
    return "\n".join([wish.description.strip(), *lines]).strip()
