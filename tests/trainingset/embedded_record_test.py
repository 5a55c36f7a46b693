"""Each file of a training set tells by itself how it was made."""

import json
import shutil
import zipfile
from pathlib import Path

import h5py
import lsdb
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.io.votable import parse as parse_votable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trainingset.photo_z_files_test import make, path_of
from trainingset.checksum import checksum_rows
from trainingset.embedded_record import UNKNOWN_CHECKSUM, embedded, fill_in_checksum
from trainingset.formats import ParquetSink, write_table
from trainingset.mock.place import MockSky
from trainingset.order import TrainingSetFiles
from trainingset.provenance import Provenance
from trainingset.readers.record import find_record
from trainingset.record_names import RECORD_INFO, RECORD_KEY, record_metadata
from trainingset.reproduction import read_record
from trainingset.wire import ResponseFormat

FORMATS = ("parquet", "votable", "votable_td", "fits", "hdf5", "hats")
NAMES = {"votable_td": "votable/td"}


@pytest.fixture(scope="module")
def files(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> TrainingSetFiles:
    return make(
        mock_sky,
        tmp_path_factory.mktemp("embedded") / "job",
        split={"train": 0.7, "test": 0.3},
        subsets="files",
        responseformat="votable",
        formats=[NAMES.get(name, name) for name in (*FORMATS[2:], "csv")],
    )


@pytest.fixture(scope="module")
def record(files: TrainingSetFiles) -> Provenance:
    """The record that lies beside the files."""
    return read_record(path_of(files, "provenance").read_bytes())


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_holds_the_record(name: str, files: TrainingSetFiles, record: Provenance) -> None:
    path = path_of(files, "result" if name == "votable" else name)
    found = find_record(path)

    assert found is not None
    assert read_record(found) == record.model_copy(update={"outputs": ()})
    assert record.row_checksum == checksum_rows(path_of(files, "parquet"))
    assert record.outputs


def test_files_of_subsets_hold_the_record_of_the_whole(files: TrainingSetFiles, record: Provenance) -> None:
    found = find_record(path_of(files, "subset_train"))

    assert found is not None
    assert json.loads(found)["row_checksum"] == record.row_checksum


def test_other_programs_find_it_by_its_name(files: TrainingSetFiles, record: Provenance, tmp_path: Path) -> None:
    expected = embedded(record)
    with fits.open(path_of(files, "fits")) as units:
        assert units[1].header["TSMPROV"] == expected
    with h5py.File(path_of(files, "hdf5")) as file:
        assert file.attrs["provenance_record"] == expected
    votable = parse_votable(path_of(files, "result"))
    (info,) = [info for info in votable.resources[0].infos if info.name == RECORD_INFO]
    assert info.value == expected
    assert pq.read_metadata(path_of(files, "parquet")).metadata[RECORD_KEY.encode()].decode() == expected
    with zipfile.ZipFile(path_of(files, "hats")) as archive:
        archive.extractall(tmp_path)
    (collection,) = tmp_path.iterdir()
    assert (collection / "provenance.json").read_text() == expected
    assert len(lsdb.open_catalog(collection).compute()) == record.rows


def test_csv_has_no_place_for_it(files: TrainingSetFiles) -> None:
    assert find_record(path_of(files, "csv")) is None


@pytest.mark.filterwarnings("ignore:File may have been truncated")
@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kept=st.floats(0, 1))
def test_a_truncated_file_has_no_record_or_a_whole_one(
    name: str, kept: float, files: TrainingSetFiles, tmp_path: Path
) -> None:
    whole = path_of(files, "result" if name == "votable" else name)
    part = tmp_path / whole.name
    part.write_bytes(whole.read_bytes()[: int(kept * whole.stat().st_size)])

    assert find_record(part) in (None, find_record(whole))


def test_hostile_xml_is_not_expanded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.vot"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE VOTABLE [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        f'<VOTABLE><RESOURCE><INFO name="{RECORD_INFO}" value="&b;"/></RESOURCE></VOTABLE>'
    )

    assert find_record(path) is None


def test_a_file_saved_again_keeps_it_in_any_format(files: TrainingSetFiles, tmp_path: Path) -> None:
    expected = find_record(path_of(files, "parquet"))
    for fmt in (ResponseFormat.FITS, ResponseFormat.PARQUET):
        write_table(path_of(files, "parquet"), tmp_path / "again", fmt)
        assert find_record(tmp_path / "again") == expected


def test_a_record_of_several_lines_becomes_one(record: Provenance, files: TrainingSetFiles, tmp_path: Path) -> None:
    rows = pq.read_table(path_of(files, "parquet"))
    noted = record.model_copy(update={"notes": ("Übersicht",)})
    with ParquetSink(tmp_path / "old", rows.schema, metadata=record_metadata(noted.to_json())) as sink:
        sink.write(rows)
    write_table(tmp_path / "old", tmp_path / "new.fits", ResponseFormat.FITS)
    found = find_record(tmp_path / "new.fits")

    assert found is not None
    assert read_record(found) == noted


def test_the_checksum_is_filled_in_once_and_nowhere_else(
    record: Provenance, files: TrainingSetFiles, tmp_path: Path
) -> None:
    told = f'"row_checksum":"{UNKNOWN_CHECKSUM}"'
    draft = record.model_copy(update={"row_checksum": UNKNOWN_CHECKSUM, "notes": (told,), "outputs": ()})
    rows = pq.read_table(path_of(files, "parquet"))
    path = tmp_path / "rows.parquet"
    with ParquetSink(path, rows.schema, metadata=record_metadata(embedded(draft))) as sink:
        sink.write(rows)
    before = path.stat().st_size
    fill_in_checksum(path, record.row_checksum)
    found = find_record(path)

    assert found is not None
    assert read_record(found) == draft.model_copy(update={"row_checksum": record.row_checksum})
    assert path.stat().st_size == before
    assert checksum_rows(path) == record.row_checksum
    with pytest.raises(ValueError, match="leaves no place"):
        fill_in_checksum(path, record.row_checksum)
    with pytest.raises(ValueError, match="no checksum"):
        fill_in_checksum(path, "sha256:1")
    shutil.copy(path_of(files, "fits"), path)
    with pytest.raises(ValueError, match="no Parquet file"):
        fill_in_checksum(path, record.row_checksum)
