"""Zips of HATS catalogs are unpacked whole and below their folder, or not at all."""

import stat
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pz.archive import unpack
from pz.errors import UnsafeArchiveError

GOOD = {"hats.properties": b"obs_collection=a", "dataset/Norder=0/Dir=0/Npix=4.parquet": b"PAR1" * 1000}
PARTS = st.sampled_from(["..", ".", "", "a", "b", "/", "c:", "\\..", "d\x00e", "é"])


def a_zip(folder: Path, entries: dict[str, bytes]) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(zipfile.ZipInfo(name), content)
    return path


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_good_archive_is_unpacked_whole(tmp_path: Path) -> None:
    unpack(a_zip(tmp_path, GOOD), tmp_path / "out", most_bytes=10_000)

    assert files_below(tmp_path / "out") == GOOD


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil", "leads out"),
        ("/etc/evil", "leads out"),
        ("a/../../evil", "leads out"),
        ("..\\evil", "characters"),
        ("hats.properties/evil", "is a file and a folder"),
    ],
)
def test_harmful_names_are_told_together_and_nothing_is_written(tmp_path: Path, name: str, reason: str) -> None:
    archive = a_zip(tmp_path, {**GOOD, name: b"1", "./dot": b"2"})

    with pytest.raises(UnsafeArchiveError, match=reason) as told:
        unpack(archive, tmp_path / "out", most_bytes=10_000)

    assert "'./dot' leads out" in str(told.value)
    assert list(tmp_path.iterdir()) == [archive]


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr(link, "/etc/passwd")

    with pytest.raises(UnsafeArchiveError, match="link or device"):
        unpack(tmp_path / "a.zip", tmp_path / "out", most_bytes=10_000)


def test_bombs_are_refused_by_what_they_say_and_by_what_they_hold(tmp_path: Path) -> None:
    bomb = a_zip(tmp_path, {"zeros": b"0" * 5_000_000})
    with pytest.raises(UnsafeArchiveError, match="unpacks to 5000000 bytes; the limit is 10000"):
        unpack(bomb, tmp_path / "out", most_bytes=10_000)
    with pytest.raises(UnsafeArchiveError, match="2 entries; the limit is 1"):
        unpack(a_zip(tmp_path, GOOD), tmp_path / "out", most_bytes=10_000, most_files=1)

    raw = bytearray(a_zip(tmp_path, {"zeros": b"0" * 5_000_000}).read_bytes())
    claimed = raw.rindex((5_000_000).to_bytes(4, "little"))
    raw[claimed : claimed + 4] = (100).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(raw)
    with pytest.raises(UnsafeArchiveError):
        unpack(tmp_path / "a.zip", tmp_path / "out", most_bytes=10_000)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04" + b"0" * 100])
def test_what_is_no_zip_is_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)

    with pytest.raises(UnsafeArchiveError, match="no whole zip"):
        unpack(tmp_path / "a.zip", tmp_path / "out", most_bytes=10_000)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.lists(PARTS, min_size=1, max_size=4).map("/".join), st.binary(max_size=20), max_size=4))
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_whatever_names_say_nothing_is_written_outside(entries: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = a_zip(folder, {key or "x": content for key, content in entries.items()})
        before = archive.read_bytes()
        try:
            unpack(archive, folder / "in" / "out", most_bytes=1000)
        except UnsafeArchiveError:
            assert not (folder / "in" / "out").exists()
        assert {path.name for path in folder.iterdir()} <= {"a.zip", "in"}
        assert archive.read_bytes() == before
