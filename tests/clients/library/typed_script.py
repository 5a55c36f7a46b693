"""What a user writes who checks types: every line of it must be known to ``mypy --strict``."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import tsm
from tsm import Job, Listing, Plan, RecipeFields, TrainingSet
from tsm.errors import RequestRefusedError, TsmError

COMMON: RecipeFields = {"radius_arcsec": 1.0, "split": {"train": 0.7, "test": 0.3}, "seed": 1}


def plan(maker: tsm.TrainingSetMaker, table: Path) -> int:
    found: Plan = maker.crossmatch(table, catalog="dp1.object", dry_run=True, **COMMON)
    for problem in found.problems:
        print(problem.parameter, problem.message)
    return found.expected_rows or 0


def make(table: Path) -> TrainingSet:
    catalogs: Listing[tsm.CatalogSummary] = tsm.catalogs()
    ids: list[str] = [catalog.id for catalog in catalogs]
    job: Job = tsm.crossmatch(
        table, catalog=ids[0], match="nearest", flux="psf", columns=["ebv"], run_id="typed", formats=["fits"]
    )
    try:
        job.wait(timeout=60.0, progress=False)
    except RequestRefusedError as error:
        print([problem.parameter for problem in error.problems])
    file: Path = job.download("fits", Path("set.fits"), overwrite=True)
    print(file, job.phase, job.recipe.radius_arcsec, job.provenance().rows)
    return job.result()


def recent() -> list[str]:
    jobs = tsm.jobs(phase=["COMPLETED"], after=datetime(2026, 1, 1, tzinfo=UTC), last=5)
    return [tsm.job(state.id).url for state in jobs if state.results]


async def asynchronous(table: Path) -> str:
    async with tsm.AsyncTrainingSetMaker() as maker:
        job = await maker.crossmatch(table, catalog="dp1.object", **COMMON)
        await job.wait(on_change=lambda state: print(state.phase))
        return job.id


def main() -> None:
    try:
        with tsm.TrainingSetMaker("https://data.example.org/tsm", "token") as maker:
            upload: tsm.Upload = maker.upload("zcosmos.fits")
            job = maker.crossmatch(upload, catalog="dp1.object")
            print(plan(maker, Path("zcosmos.fits")), job.id, make(Path("zcosmos.fits")).summary(), recent())
        asyncio.run(asynchronous(Path("zcosmos.fits")))
    except TsmError as error:
        print(error)


if __name__ == "__main__":
    main()
