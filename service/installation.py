"""Examines a production installation as its settings (TSM_...) describe it: stores, workers, catalogs, identity."""

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from importlib.metadata import PackageNotFoundError, version
from uuid import uuid4

from pydantic import ValidationError
from sqlalchemy import func, select, text

from app.browser.sign_in import open_browser
from app.config import AppConfig, IdentityMode
from app.credentials import InvalidTokenError, Token, TokenSource
from app.gafaelfawr import Gafaelfawr
from app.identity import IdentityFaultError, IdentityUnavailableError
from app.logs import configure_logs
from migrations import is_behind
from service.catalog_findings import examine_catalogs
from service.finding import Finding
from service.pz_findings import examine_pz_server
from uws.assembly import JobLife, open_job_life
from uws.config import SECRETS_FOLDER_VARIABLE
from uws.errors import QueueUnavailableError, StorageFullError, StoreUnavailableError
from uws.forecast import WORKER_IS_ALIVE
from uws.inventory import glance_at_files
from uws.tables import WorkerRow
from worker.config import WorkerConfig

__all__ = ["examine_installation", "is_installation"]

_OLDEST_POSTGRES = 14
_PACKAGES = ("tsm-service", "pz-trainingset", "lsdb", "hats")
_MADE_UP = f"gt-{'doctor'.ljust(22, '0')}.{'0' * 22}"
"""A token that nobody has: Gafaelfawr says so if it is there."""

Settings = AppConfig | WorkerConfig


def is_installation() -> bool:
    """Whether the environment describes an installation, so that no embedded service is meant."""
    return "TSM_DATABASE_URL" in os.environ or SECRETS_FOLDER_VARIABLE in os.environ


async def examine_installation(*, has_catalog_files: bool = True) -> list[Finding]:
    """Look at everything that the service needs; writes and removes one small file, changes nothing else.

    Parameters
    ----------
    has_catalog_files
        Whether the files of catalogs should be on this machine, as on those of workers.
    """
    # To standard error, so that it does not mix with the findings.
    configure_logs(log_format="console", level="error")
    try:
        settings = _settings()
    except ValidationError as error:
        return [*_versions(), *_wrong_settings(error)]
    findings = [*_versions(), Finding("Settings", f"complete for a {_process(settings)}")]
    async with open_job_life(settings, settings.limits) as life:
        database = await _database(life)
        findings += database
        findings.append(await _queue(life))
        findings.append(await _files(life, settings))
        if not any(finding.is_bad for finding in database):
            findings += await _workers(life)
            findings.append(await _stored(life))
        findings += await examine_catalogs(settings.registry_path, life.blobs, has_files=has_catalog_files)
    findings += await examine_pz_server(settings.pz)
    findings.append(await _identity(settings))
    findings += await _sign_in(settings)
    return findings


def _settings() -> Settings:
    """Those of a web process where identity is set, which workers do not need."""
    has_identity = any(name.upper().startswith(("TSM_IDENTITY", "TSM_OIDC")) for name in os.environ)
    return AppConfig() if has_identity else WorkerConfig()


def _process(settings: Settings) -> str:
    return "web process" if isinstance(settings, AppConfig) else "worker"


def _wrong_settings(error: ValidationError) -> list[Finding]:
    # Without the input: it may be a password.
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        Finding(
            "Settings",
            f"{'__'.join(['TSM', *map(str, problem['loc'])]).replace('TSM__', 'TSM_').upper()}: {problem['msg']}",
            is_bad=True,
            advice="Set it in the environment or in the folder of secrets; docs/running.md names all settings.",
        )
        for problem in problems
    ]


def _versions() -> list[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    advice = "" if fits else "Use Python 3.11, 3.12 or 3.13."
    installed = ", ".join(f"{package} {found}" for package in _PACKAGES if (found := _version(package)))
    return [Finding("Python", python, is_bad=not fits, advice=advice), Finding("Packages", installed)]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # web processes need no LSDB
        return None


async def _database(life: JobLife) -> list[Finding]:
    try:
        async with life.database.transaction() as session:
            server: str = (await session.execute(text("SHOW server_version"))).scalar_one()
            behind = await is_behind(session)
    except (StoreUnavailableError, OSError):
        advice = "Start PostgreSQL, or correct host, user, password and database in TSM_DATABASE_URL."
        return [Finding("Database", "does not answer at TSM_DATABASE_URL", is_bad=True, advice=advice)]
    is_old = int(server.split(".")[0]) < _OLDEST_POSTGRES
    upgrade = f"Upgrade PostgreSQL to {_OLDEST_POSTGRES} or newer." if is_old else ""
    migrate = "Run `tsm-service migrate` with this version; running processes may go on meanwhile." if behind else ""
    return [
        Finding("Database", f"PostgreSQL {server}", is_bad=is_old, advice=upgrade),
        Finding("Migrations", "behind this version" if behind else "up to date", is_bad=behind, advice=migrate),
    ]


async def _queue(life: JobLife) -> Finding:
    try:
        await life.wakeups.ping()
    except QueueUnavailableError:
        advice = "Start Valkey or Redis, or correct TSM_QUEUE_URL. Jobs are kept, and start late meanwhile."
        return Finding("Queue", "does not answer at TSM_QUEUE_URL", is_bad=True, advice=advice)
    return Finding("Queue", "answers")


async def _files(life: JobLife, settings: Settings) -> Finding:
    key = f"doctor/{uuid4().hex}"
    try:
        await life.blobs.write(key, _a_few_bytes())
        await life.blobs.delete(key)
        await life.blobs.require_space(settings.limits.min_free_bytes)
        free = await life.blobs.free_bytes()
    except StorageFullError as error:
        advice = "Make the volume larger, shorten lifetimes (TSM_LIMITS__DEFAULT_LIFETIME), or delete old jobs."
        return Finding("Files", str(error), is_bad=True, advice=advice)
    except Exception as error:  # whatever the file system of S3 raises; its text may hold keys
        advice = "Mount the folder with write permission, or correct TSM_BLOB_ROOT, TSM_BLOB_OPTIONS and the AWS keys."
        return Finding("Files", f"cannot be written: {type(error).__name__}", is_bad=True, advice=advice)
    left = "in S3" if free is None else f"{free / 1e9:.1f} GB free"
    return Finding("Files", f"can be written and removed, {left}")


async def _stored(life: JobLife) -> Finding:
    """What `tsm-service check-files` looks at, the newest alone."""
    try:
        seen = await glance_at_files(life.database, life.blobs)
    except Exception as error:  # as above
        advice = "See what is said of the files above."
        return Finding("Stored files", f"cannot be looked at: {type(error).__name__}", is_bad=True, advice=advice)
    if not seen.missing:
        return Finding("Stored files", f"the newest {seen.n_needed} are there")
    first = seen.missing[0]
    text = f"{len(seen.missing)} of the newest {seen.n_needed} are missing or damaged, such as {first.key}"
    advice = "Run `tsm-service check-files` for all of them, and copy them from a backup under the same keys."
    return Finding("Stored files", f"{text} ({first.needed_by})", is_bad=True, advice=advice)


async def _a_few_bytes() -> AsyncIterator[bytes]:
    yield b"written by tsm-service doctor; may be removed"


async def _workers(life: JobLife) -> Sequence[Finding]:
    alive = select(func.count(), func.coalesce(func.sum(WorkerRow.slots), 0)).where(WORKER_IS_ALIVE)
    async with life.database.reading() as session:
        count, slots = (await session.execute(alive)).one()
    oldest = (await life.jobs.queue_numbers()).oldest_queued_seconds
    waiting = "no job waits" if oldest is None else f"the oldest waiting job has waited {oldest:.0f} s"
    advice = "" if count else "Start `tsm-service worker`, and look at the log of those that end. Jobs wait meanwhile."
    return [Finding("Workers", f"{count} alive with {slots} places; {waiting}", is_bad=not count, advice=advice)]


async def _identity(settings: Settings) -> Finding:
    if not isinstance(settings, AppConfig):
        return Finding("Identity", "not set here, as workers need none; look at it from a web process")
    config = settings.identity
    if not config.url:
        text = (
            "no Gafaelfawr to ask: nobody has groups or rights"
            if config.mode is IdentityMode.INGRESS
            else "only tokens that were made here"
        )
        return Finding("Identity", f"mode {config.mode}, {text}")
    advice = "Correct TSM_IDENTITY__URL, and let this machine reach it; users get 503 meanwhile."
    async with aclosing(Gafaelfawr(config)) as gafaelfawr:
        try:
            await gafaelfawr.identify(Token(_MADE_UP, TokenSource.BEARER))
        except InvalidTokenError:
            return Finding("Identity", f"mode {config.mode}, the Gafaelfawr at {config.url} answers")
        except (IdentityUnavailableError, IdentityFaultError) as error:
            return Finding("Identity", f"{config.url}: {error}", is_bad=True, advice=advice)
        except Exception as error:  # it knew a token that nobody has
            return Finding("Identity", f"{config.url}: {type(error).__name__}", is_bad=True, advice=advice)
    return Finding("Identity", f"{config.url} accepts a made-up token: it is no Gafaelfawr", is_bad=True, advice=advice)


async def _sign_in(settings: Settings) -> list[Finding]:
    """Whether people can go to the provider of OpenID Connect, where there is one."""
    if not isinstance(settings, AppConfig) or settings.oidc is None:
        return []
    advice = "Correct TSM_OIDC__ISSUER, and let this machine reach it; nobody can sign in with a browser meanwhile."
    async with open_browser(settings) as browser:
        assert browser.provider is not None
        try:
            await browser.provider.begin("")
        except (IdentityUnavailableError, IdentityFaultError) as error:
            return [Finding("Sign-in", f"{settings.oidc.issuer}: {error}", is_bad=True, advice=advice)]
    return [Finding("Sign-in", f"the OpenID Connect provider {settings.oidc.issuer} answers")]
