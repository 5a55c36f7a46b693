"""``tsm-service doctor`` without settings: whether this machine can run the service, and what is in its folder."""

import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from service.finding import Finding
from service.service_folder import ServiceFolder
from service.stack import USUAL_PORT
from service.wheel_binaries import MissingBinaryError, postgres_binaries, valkey_server
from trainingset.registry import Registry, RegistryError

__all__ = ["examine"]

_FREE_BYTES = 2e9


def examine(root: Path) -> list[Finding]:
    """Look at everything that the embedded service needs; changes nothing."""
    folder = ServiceFolder(root.absolute())
    checks: tuple[Callable[[ServiceFolder], Finding], ...] = (
        _python,
        _postgres,
        _valkey,
        _disk,
        _running,
        _port,
        _catalogs,
    )
    return [check(folder) for check in checks]


def _python(folder: ServiceFolder) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", version, is_bad=not (3, 11) <= sys.version_info[:2] <= (3, 13))


def _postgres(folder: ServiceFolder) -> Finding:
    try:
        versions = postgres_binaries()
    except MissingBinaryError as error:
        return Finding("PostgreSQL", str(error), is_bad=True)
    return Finding("PostgreSQL", f"version {', '.join(map(str, sorted(versions)))} from its wheel")


def _valkey(folder: ServiceFolder) -> Finding:
    try:
        return Finding("Valkey", f"{valkey_server()}")
    except MissingBinaryError as error:
        return Finding("Valkey", str(error), is_bad=True)


def _disk(folder: ServiceFolder) -> Finding:
    existing = next(path for path in (folder.root, *folder.root.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    return Finding("Disk", f"{free / 1e9:.1f} GB free at {existing}", is_bad=free < _FREE_BYTES)


def _running(folder: ServiceFolder) -> Finding:
    running = folder.running_service()
    text = f"runs at {running.url} (process {running.pid})" if running else f"does not run on {folder.root}"
    return Finding("Service", text)


def _port(folder: ServiceFolder) -> Finding:
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", USUAL_PORT)) == 0
    return Finding("Port", f"{USUAL_PORT} is {'taken: another one would be used' if taken else 'free'}")


def _catalogs(folder: ServiceFolder) -> Finding:
    if not folder.registry.exists():
        return Finding("Catalogs", f"no {folder.registry} yet: `tsm-service demo` makes a sample sky")
    try:
        entries = list(Registry.load(folder.registry))
    except RegistryError as error:
        return Finding("Catalogs", str(error), is_bad=True)
    missing = [entry.id for entry in entries if "://" not in entry.path and not Path(entry.path).exists()]
    if missing:
        return Finding("Catalogs", f"no files for {', '.join(missing)}", is_bad=True)
    names = ", ".join(entry.id for entry in entries) or "none registered: `tsm-service demo` makes a sample sky"
    return Finding("Catalogs", names)
