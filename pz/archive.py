"""Unpacks the zip of a HATS catalog that a stranger may have made."""

import lzma
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from pz.errors import UnsafeArchiveError

__all__ = ["unpack"]

_MOST_TOLD = 20
_SYSTEM_UNIX = 3


def unpack(archive: Path, target: Path, *, most_bytes: int, most_files: int = 100_000) -> None:
    """Unpack regular files below a new folder; nothing is written unless every entry is harmless.

    Parameters
    ----------
    archive
        A zip whose entries are relative to the root of the catalog.
    target
        Folder that does not exist yet; removed again if unpacking fails.
    most_bytes
        Of all files together, unpacked.
    most_files
        Entries, folders included.

    Raises
    ------
    UnsafeArchiveError
        If it is no zip, is damaged or too large, or an entry leads out of the folder, is a link or device, is
        encrypted, or has the name of another.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if problems := _problems(entries, most_bytes=most_bytes, most_files=most_files):
                raise UnsafeArchiveError(_told(archive, problems))
            target.mkdir(parents=True)
            try:
                _write(opened, entries, target)
            except BaseException:
                shutil.rmtree(target)
                raise
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise UnsafeArchiveError(
            f"{archive.name} is no whole zip: {error}. Ask its owner to register it anew."
        ) from error
    except (zlib.error, lzma.LZMAError) as error:
        raise UnsafeArchiveError(f"{archive.name} is damaged: {error}. Ask its owner to register it anew.") from error


def _problems(entries: list[zipfile.ZipInfo], *, most_bytes: int, most_files: int) -> list[str]:
    if len(entries) > most_files:
        return [f"it has {len(entries)} entries; the limit is {most_files}"]
    total = sum(entry.file_size for entry in entries)
    found = [f"it unpacks to {total} bytes; the limit is {most_bytes}"] if total > most_bytes else []
    files: set[PurePosixPath] = set()
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if reason := _harm(entry):
            found.append(f"{entry.filename!r} {reason}")
        elif not entry.is_dir():
            if path in files:
                found.append(f"{entry.filename!r} is there twice")
            files.add(path)
    inside = {PurePosixPath(entry.filename) for entry in entries if entry.is_dir()}
    parents = {parent for path in files | inside for parent in path.parents}
    found += [f"'{path}' is a file and a folder" for path in sorted(files & (parents | inside))]
    return found


def _harm(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is not unpacked."""
    # Python ends names at a null byte and turns the system's separator into a slash: look at what was sent.
    name = entry.orig_filename
    if not name.isprintable() or "\\" in name or ":" in name:
        return "has characters that no catalog needs"
    if name.startswith("/") or any(part in ("", ".", "..") for part in name.removesuffix("/").split("/")):
        return "leads out of the folder"
    if len(name.encode()) > 1000 or any(len(part.encode()) > 255 for part in name.split("/")):
        return "is too long a name"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == _SYSTEM_UNIX else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or device"
    return None


def _told(archive: Path, problems: list[str]) -> str:
    more = f"; and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
    return (
        f"{archive.name} is not unpacked: {'; '.join(problems[:_MOST_TOLD])}{more}. Ask its owner to register it anew."
    )


def _write(opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], target: Path) -> None:
    for entry in entries:
        path = target / entry.filename
        if entry.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        # zipfile gives no byte beyond the size that was counted, and compares the checksum.
        with opened.open(entry) as source, path.open("xb") as sink:
            shutil.copyfileobj(source, sink, 1024 * 1024)
        if path.stat().st_size != entry.file_size:
            raise zipfile.BadZipFile(f"{entry.filename!r} is shorter than it says")
