"""A check finds any damage that is done to a collection, names it, and finds nothing in a good one."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.trainingset.damage import DAMAGE, copy_of, largest_partition, partitions, remove_file, truncate_file
from trainingset.catalog_care.check import CheckOrder, check_collection
from trainingset.catalog_care.faults import CatalogFault, FaultKind, FaultList, Severity
from trainingset.registry import CatalogEntry

# In one process: making the collection takes long.
pytestmark = pytest.mark.xdist_group("catalogs")


def test_a_collection_in_order_has_no_faults(sound: CatalogEntry, objects: pa.Table) -> None:
    report = check_collection(CheckOrder(path=sound.path))

    assert report.faults == ()
    assert (report.rows, report.partitions_read) == (objects.num_rows, report.partitions)
    assert report.margins == {"object_20arcs": 20}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_any_damage_is_found_and_told_with_what_to_do(
    damage: Callable[[Path], None], sound: CatalogEntry, tmp_path: Path
) -> None:
    copy = copy_of(Path(sound.path), tmp_path)
    damage(copy)

    report = check_collection(CheckOrder(path=str(copy)))

    kinds = {fault.kind for fault in report.faults}
    assert DAMAGE[damage] <= kinds
    assert all(fault.advice and fault.message for fault in report.faults)
    if damage in (remove_file, truncate_file):
        # Nothing else can be said of a file that cannot be read, but of margins beside it.
        assert len(report.faults) == 1
        assert largest_partition(Path(sound.path)).name in str(report.faults[0])


def test_footers_alone_show_what_needs_no_rows(sound: CatalogEntry, tmp_path: Path) -> None:
    copy = copy_of(Path(sound.path), tmp_path)
    truncate_file(copy)

    report = check_collection(CheckOrder(path=str(copy), sample=0))

    assert [fault.kind for fault in report.faults] == [FaultKind.FILE_UNREADABLE]
    assert report.partitions_read == 0


def test_a_sample_reads_so_many_partitions(sound: CatalogEntry) -> None:
    report = check_collection(CheckOrder(path=sound.path, sample=3))

    assert (report.partitions_read, report.faults) == (3, ())


def test_unsorted_rows_as_lsdb_writes_them_are_a_warning(fine: CatalogEntry) -> None:
    report = check_collection(CheckOrder(path=fine.path))

    assert {fault.kind for fault in report.faults} == {FaultKind.UNSORTED}
    assert report.errors == ()


def test_large_row_groups_are_told_with_the_gain(fine: CatalogEntry) -> None:
    report = check_collection(CheckOrder(path=fine.path, sample=0, largest_row_group=100))

    (fault,) = [fault for fault in report.faults if fault.kind is FaultKind.LARGE_ROW_GROUPS]
    assert fault.severity is Severity.WARNING
    assert (fault.value, fault.limit) == ("290", "100")
    assert "times fewer" in fault.message


def test_an_interrupted_check_goes_on_and_finds_the_same(sound: CatalogEntry, tmp_path: Path) -> None:
    copy = copy_of(Path(sound.path), tmp_path)
    order = CheckOrder(path=str(copy), resume=tmp_path / "looks.jsonl", workers=1)

    class StopError(Exception):
        pass

    def interrupt(_name: str, done: int, _total: int) -> None:
        if done == 5:
            raise StopError

    with pytest.raises(StopError):
        check_collection(order, interrupt)
    kept = order.resume.read_text().splitlines() if order.resume is not None else []
    assert order.resume is not None
    # As if the power had failed within a line.
    order.resume.write_text("\n".join([*kept[:-1], kept[-1][:30]]))
    damaged = random.Random(0).choice(partitions(copy / "object"))
    damaged.unlink()

    resumed = check_collection(order)

    assert sum(bool(line) for line in kept) == 5
    assert resumed == check_collection(CheckOrder(path=str(copy)))
    assert [fault.kind for fault in resumed.faults] == [FaultKind.FILE_MISSING]


def test_what_is_no_catalog_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "catalog_info.json").write_text("{}")

    nothing = check_collection(CheckOrder(path=str(tmp_path / "absent")))
    hipscat = check_collection(CheckOrder(path=str(tmp_path)))

    assert [fault.kind for fault in nothing.faults] == [FaultKind.NO_CATALOG]
    assert "there is nothing at" in str(nothing.faults[0])
    assert "convert" in hipscat.faults[0].advice


def test_of_many_faults_of_a_kind_the_first_are_kept_and_the_others_counted() -> None:
    faults = FaultList()
    for number in range(250):
        faults.add(CatalogFault.of(FaultKind.UNSORTED, "object", "rows", file=str(number)))
    faults.add(CatalogFault.of(FaultKind.FILE_MISSING, "object", "gone"))

    told = faults.told()

    assert told[0].kind is FaultKind.FILE_MISSING
    assert len(told) == 102
    assert told[-1].value == "250"
    assert "150 more" in told[-1].message


def test_a_report_survives_json(fine: CatalogEntry) -> None:
    report = check_collection(CheckOrder(path=fine.path, sample=0))

    assert type(report).model_validate(json.loads(report.model_dump_json())) == report
