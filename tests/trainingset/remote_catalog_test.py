"""Whole matches with a catalog on S3 and over HTTP, from stores that throttle, break off, are away, or change in the
middle: the right answer, or one error that says what cannot be read; never rows of two versions."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.trainingset.crossmatch.match_test import COLUMNS, a_matching, sorted_pairs
from tests.trainingset.crossmatch.skies import positions
from tests.troubled_s3 import CREDENTIALS, Asked, Trouble, TroubledS3, cut, do_first, refuse
from trainingset.catalogs import open_objects
from trainingset.crossmatch.match import match_sites
from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.crossmatch.sky_positions import SkyPositions
from trainingset.errors import SourceUnavailableError
from trainingset.registry import CatalogEntry

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("catalogs")]

PLACE = "tsm/catalogs/objects"
OPEN = {"ACL": "public-read"}
"""Over HTTP nobody signs in."""


@pytest.fixture(scope="module")
def shelf(s3: TroubledS3, coarse: CatalogEntry) -> Iterator[TroubledS3]:
    """The catalog in the store, found as workers find it: by variables of the environment."""
    s3.files.put(f"{coarse.path}/", f"{PLACE}/", recursive=True, **OPEN)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", s3.url)
        environment.setenv("AWS_ACCESS_KEY_ID", CREDENTIALS["key"])
        environment.setenv("AWS_SECRET_ACCESS_KEY", CREDENTIALS["secret"])
        _forget_connections()
        yield s3
        _forget_connections()


def _forget_connections() -> None:
    for protocol in ("s3", "http"):
        fsspec.get_filesystem_class(protocol).clear_instance_cache()


@pytest.fixture(params=["s3", "http"])
def remote(request: pytest.FixtureRequest, shelf: TroubledS3, coarse: CatalogEntry) -> CatalogEntry:
    path = f"s3://{PLACE}" if request.param == "s3" else f"{shelf.url}/{PLACE}"
    return coarse.model_copy(update={"path": path})


@pytest.fixture(scope="module")
def sites(objects: pa.Table) -> SkyPositions:
    """Four hundred objects' own positions."""
    chosen = np.random.default_rng(5).choice(objects.num_rows, 400, replace=False)
    rows = np.unique(
        np.stack([objects["coord_ra"].to_numpy()[chosen], objects["coord_dec"].to_numpy()[chosen]]), axis=1
    )
    return positions(*rows)


Match = Callable[..., tuple[pd.DataFrame, pa.Table]]


@pytest.fixture
def match(sites: SkyPositions, tmp_path: Path, request: pytest.FixtureRequest) -> Match:
    """Pairs, and the rows of matched objects."""

    def run(
        entry: CatalogEntry, meanwhile: AbstractContextManager[None] | None = None
    ) -> tuple[pd.DataFrame, pa.Table]:
        files = ObjectFiles(str(tmp_path))
        catalog = open_objects(entry, fingerprint=request.node.name, radius_arcsec=1.5)
        with meanwhile or nullcontext():
            pairs = match_sites(sites, catalog, a_matching(), files, lambda *_: None)
        rows = pa.concat_tables([files.read(part) for part in sorted(pairs["part"].unique())])
        return sorted_pairs(pairs), rows.sort_by("objectId")

    return run


def assert_same(found: tuple[pd.DataFrame, pa.Table], expected: tuple[pd.DataFrame, pa.Table]) -> None:
    where = ["part", "part_row"]
    pd.testing.assert_frame_equal(found[0].drop(columns=where), expected[0].drop(columns=where))
    assert found[1].select(COLUMNS).equals(expected[1].select(COLUMNS))


def is_partition(asked: Asked) -> bool:
    return asked.is_read and "Npix=" in asked.path


def test_a_catalog_behind_a_network_gives_what_it_gives_on_disk(
    remote: CatalogEntry, coarse: CatalogEntry, match: Match
) -> None:
    assert_same(match(remote), match(coarse))


@pytest.mark.parametrize("trouble", [refuse(503, "SlowDown"), cut], ids=["busy", "cut"])
def test_partitions_that_fail_now_and_then_give_the_right_answer(
    shelf: TroubledS3, remote: CatalogEntry, coarse: CatalogEntry, match: Match, trouble: Trouble
) -> None:
    assert_same(match(remote, shelf.troubled(trouble, is_partition, times=2)), match(coarse))


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (404, "NoSuchKey")])
def test_partitions_that_cannot_be_read_are_named(
    shelf: TroubledS3, remote: CatalogEntry, match: Match, status: int, code: str
) -> None:
    with pytest.raises(SourceUnavailableError, match="cannot be read"):
        match(remote, shelf.troubled(refuse(status, code), is_partition))


def test_a_catalog_that_cannot_be_opened_is_named(shelf: TroubledS3, remote: CatalogEntry, match: Match) -> None:
    # S3 is asked again and again after a break, for half a minute.
    trouble = cut if remote.path.startswith("http") else refuse(403, "AccessDenied")

    with shelf.troubled(trouble), pytest.raises(SourceUnavailableError, match="catalog objects"):
        match(remote)


@pytest.mark.parametrize("read", [2, 3])
def test_a_partition_that_is_replaced_while_it_is_read_ends_the_match(
    shelf: TroubledS3, remote: CatalogEntry, coarse: CatalogEntry, match: Match, read: int
) -> None:
    """Replaced before its second or third range: by the other version's rows, or none, never by some of each."""
    old = {path: shelf.files.cat_file(path) for path in shelf.files.find(PLACE) if "Npix=" in path}
    seen: dict[str, int] = {}

    def is_that_read(asked: Asked) -> bool:
        if not is_partition(asked):
            return False
        seen[asked.path] = seen.get(asked.path, 0) + 1
        return seen[asked.path] == read

    def replace() -> None:
        for path, content in old.items():
            shelf.files.pipe_file(path, _of_next_release(content), **OPEN)

    try:
        outcome = _outcome(match, remote, shelf.troubled(do_first(replace), is_that_read, times=1))
        assert isinstance(outcome, SourceUnavailableError) or set(outcome[1]["ebv"].to_pylist()) == {7.0}
        assert "opened" not in str(outcome)
    finally:
        for path, content in old.items():
            shelf.files.pipe_file(path, content, **OPEN)


def _outcome(
    match: Match, entry: CatalogEntry, meanwhile: AbstractContextManager[None]
) -> tuple[pd.DataFrame, pa.Table] | SourceUnavailableError:
    try:
        return match(entry, meanwhile)
    except SourceUnavailableError as error:
        return error


def _of_next_release(content: bytes) -> bytes:
    """The same objects with other measurements."""
    table = pq.read_table(pa.BufferReader(content))
    place = table.schema.get_field_index("ebv")
    changed = table.set_column(place, table.schema.field(place), pa.array([7.0] * table.num_rows, pa.float32()))
    sink = pa.BufferOutputStream()
    pq.write_table(changed, sink)
    return bytes(sink.getvalue())
