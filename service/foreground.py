"""``tsm-service up``: the embedded stack in a terminal, until somebody ends it."""

import signal
import threading
from pathlib import Path

from rich.console import Console

from service.folder_lock import AlreadyRunningError
from service.postgres import PostgresStartError
from service.sample_sky import make_sample_sky
from service.service_folder import ServiceFolder
from service.stack import Stack, StackStartError
from service.unprivileged import FolderOutOfReachError
from service.valkey import ValkeyStartError
from trainingset.registry import Registry

__all__ = ["EXIT_ALREADY_RUNNING", "EXIT_NOT_STARTED", "START_ERRORS", "interrupt_on_signals", "run_in_foreground"]

EXIT_ALREADY_RUNNING = 3
"""A service runs on the folder already."""
EXIT_NOT_STARTED = 4
"""A part of the service did not start."""

START_ERRORS = (StackStartError, PostgresStartError, ValkeyStartError, FolderOutOfReachError)


def run_in_foreground(root: Path, *, port: int | None, demo_data: bool) -> int:
    """Run the service until Ctrl-C, SIGTERM or a closed terminal.

    Returns
    -------
    int
        Exit code of the command.
    """
    console = Console(soft_wrap=True, highlight=False)
    interrupt_on_signals()
    try:
        if demo_data and ServiceFolder(root).running_service() is None:
            make_sample_sky(ServiceFolder(root.absolute()), say=console.print)
        with Stack.start(root, port=port, say=console.print) as stack:
            _introduce(stack, console)
            threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Stopped; the data stay for the next start.")
    except AlreadyRunningError as error:
        running = ServiceFolder(root).running_service()
        address = f" at {running.url}" if running else ""
        console.print(f"A service runs on {root} already{address} (process {error.pid}). To stop it: kill {error.pid}")
        return EXIT_ALREADY_RUNNING
    except START_ERRORS as error:
        console.print(str(error), markup=False)
        return EXIT_NOT_STARTED
    return 0


def interrupt_on_signals() -> None:
    """Turn the first Ctrl-C, SIGTERM or closed terminal into `KeyboardInterrupt`; further ones change nothing.

    Stopping takes a few seconds, and a second, impatient Ctrl-C would leave half of it undone.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(number: int, frame: object) -> None:
        for ignored in numbers:
            signal.signal(ignored, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)


def _introduce(stack: Stack, console: Console) -> None:
    console.print(f"The service is ready at [bold]{stack.url}[/bold]")
    if not list(Registry.load(stack.folder.registry)):
        console.print("No catalog is registered yet: `tsm-service up --demo-data` or `make demo` makes a sample sky.")
    console.print("For another shell, as in docs/curl.md:")
    console.print(f"BASE={stack.url}/crossmatch")
    console.print(f"TOKEN={stack.connection.token}")
    console.print(f"(Both are in {stack.folder.connection} as well; logs are in {stack.folder.logs}.)")
    console.print("Ctrl-C stops it; its data stay.")
