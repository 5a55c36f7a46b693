"""The issuer of the embedded stack, listening on a private unix socket in a thread of the supervisor."""

import shutil
import socket
import threading
import time
from pathlib import Path

import uvicorn

from service.issuer import create_issuer
from service.postgres import short_socket_folder
from service.tokens import TokenFile

__all__ = ["IssuerThread"]

_START_SECONDS = 10.0


class IssuerThread:
    """Serves until stopped. The folder of its socket is open to us alone."""

    def __init__(self, tokens: TokenFile) -> None:
        self._folder = short_socket_folder()
        self.socket_path: Path = self._folder / "issuer.sock"
        config = uvicorn.Config(create_issuer(tokens), log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.socket_path))
        # uvicorn takes over signals only in the main thread, so ours stay in force.
        self._thread = threading.Thread(target=self._server.run, args=([listening],), name="issuer", daemon=True)
        self._thread.start()
        self._wait_until_started()

    def stop(self) -> None:
        """Stop answering and remove the socket."""
        self._server.should_exit = True
        self._thread.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_until_started(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the token issuer does not start")
            time.sleep(0.01)
