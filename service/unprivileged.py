"""Start a program as an unprivileged user when we are root, since PostgreSQL refuses to run as root.

The folders above its data and its binaries may be closed to that user (a clone in ``/root``, a 0700 temporary
folder). Then the program keeps one Linux capability, reading and searching folders, and nothing else of root.

This file is also the launcher: run as a script it gives up root and becomes the program. It is a process of its own
because Python's hook between fork and exec is not safe in a process with threads.
"""

import ctypes
import os
import pwd
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FolderOutOfReachError", "Unprivileged", "unprivileged_owner_of"]

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
SEARCH_CAPABILITIES = (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)
"""Either opens closed parent folders; the first allows less, containers often leave only the second."""

_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522


class FolderOutOfReachError(Exception):
    """A folder above the data is closed to the unprivileged user, and nothing can be done about it from here."""


@dataclass(frozen=True)
class Unprivileged:
    """The user as whom a program runs; ``None`` as uid means: as ourselves."""

    uid: int | None
    gid: int | None

    def command(self, argv: Sequence[str | Path], *, reaches: Sequence[Path]) -> list[str]:
        """Arguments that start a program as this user.

        Parameters
        ----------
        argv
            The program and its arguments.
        reaches
            Paths that the program must be able to get at.

        Raises
        ------
        FolderOutOfReachError
            If a folder is closed to the user and root here has no capability to lend.
        """
        program = [str(part) for part in argv]
        if self.uid is None or self.gid is None:
            return program
        closed = [folder for path in reaches for folder in path.absolute().parents if not self._may_search(folder)]
        capability = _capability_for(closed[0], self.uid) if closed else 0
        # -I and -S: no site packages, no environment: only the standard library is needed, and it starts in 20 ms.
        return [sys.executable, "-I", "-S", __file__, str(self.uid), str(self.gid), str(capability), *program]

    def give(self, path: Path) -> None:
        """Make this user the owner of a path."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def _may_search(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def unprivileged_owner_of(folder: Path) -> Unprivileged:
    """The user as whom programs with data in this folder run.

    Ourselves, unless we are root: then the owner of what is there already, or ``nobody`` (the user must exist by
    name, ``initdb`` looks it up) for a new folder.
    """
    if os.geteuid() != 0:
        return Unprivileged(uid=None, gid=None)
    if folder.exists() and (status := folder.stat()).st_uid != 0:
        return Unprivileged(uid=status.st_uid, gid=status.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Unprivileged(uid=nobody.pw_uid, gid=nobody.pw_gid)


def _capability_for(folder: Path, uid: int) -> int:
    held = _effective_capabilities()
    for capability in SEARCH_CAPABILITIES:
        if held & (1 << capability):
            return capability
    raise FolderOutOfReachError(
        f"{folder} is closed to user {uid}, as whom PostgreSQL runs (it refuses to run as root). "
        f"Open it for searching (chmod o+x {folder}), choose another folder, or start as an ordinary user."
    )


def _effective_capabilities() -> int:
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux: root has no capabilities to lend
        return 0
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(fields["CapEff"], 16)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def _become(uid: int, gid: int, capability: int) -> None:
    """Give up root for good; a capability that is not 0 survives this and the following exec."""
    libc = ctypes.CDLL(None, use_errno=True) if capability else None
    if libc is not None:
        _check(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc is not None:
        bit = 1 << capability
        sets = (_CapabilitySets * 2)(_CapabilitySets(bit, bit, bit), _CapabilitySets(0, 0, 0))
        header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
        _check(libc.capset(ctypes.byref(header), ctypes.byref(sets)))
        _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def _check(answer: int) -> None:
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main(arguments: Sequence[str]) -> None:
    """Become the program: ``uid gid capability program [argument ...]``."""
    uid, gid, capability = (int(value) for value in arguments[:3])
    program = list(arguments[3:])
    _become(uid, gid, capability)
    os.execv(program[0], program)  # noqa: S606  (a program of ours, by its full path)


if __name__ == "__main__":
    main(sys.argv[1:])
