"""What a container engine does with an image: starts its command, asks for its health, stops it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.deployment.dockerfile import Stage

__all__ = ["Container"]

_START_SECONDS = 120.0
_STOP_SECONDS = 60.0


class Container:
    """The environment of an image, run with its own commands, on a free port in place of 8080."""

    def __init__(self, stage: Stage, home: Path, settings: Mapping[str, str]) -> None:
        self._stage = stage
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TSM_", "VIRTUAL", "PYTHON"))}
        path = f"{home / 'bin'}:/usr/bin:/bin"
        self._environment = kept | dict(settings) | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        self._home = home
        self._port: list[str] = []
        if stage.name == "app":
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self._port = ["--port", str(free.getsockname()[1])]

    def run(self, *command: str) -> int:
        """Exit code of a command in the container."""
        return subprocess.run(self._located(command), env=self._environment, cwd=self._home, check=False).returncode

    def is_healthy(self) -> bool:
        """Whether the image's health check succeeds now; a worker's must have been heard of."""
        known = ["--known"] if self._stage.name == "worker" else []
        return self.run(*self._stage.command("HEALTHCHECK"), *self._port, *known) == 0

    def becomes_healthy(self) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while not (healthy := self.is_healthy()) and time.monotonic() < deadline:
            time.sleep(1)
        return healthy

    @contextmanager
    def started(self) -> Iterator[None]:
        """Run the image's command until the end of the block, then stop it as an engine does."""
        command = self._located([*self._stage.command("CMD"), *self._port])
        process = subprocess.Popen(command, env=self._environment, cwd=self._home)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            finally:
                process.kill()
                process.wait()

    def _located(self, command: list[str] | tuple[str, ...]) -> list[str]:
        """The program from the environment: `subprocess` looks in the path of the caller."""
        return [str(self._home / "bin" / command[0]), *command[1:]]
