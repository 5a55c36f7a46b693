"""The command line ``tsm``: what the library does, from a shell.

One module for each group of commands; what a command needs is imported in it, so that help and completion are quick.
"""

import sys
import warnings

__all__ = ["main"]


def main() -> None:
    """Entry point of ``tsm``."""
    from tsm.cli.program import run

    if not sys.warnoptions:
        # What libraries have to say to programmers helps nobody here.
        warnings.simplefilter("ignore")
    sys.exit(run(sys.argv[1:]))
