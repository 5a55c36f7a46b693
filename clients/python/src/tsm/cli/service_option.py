"""Which service a command talks to."""

from typing import Annotated

import typer

__all__ = ["ServiceUrl"]

ServiceUrl = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="Address of the service. Without it: TSM_URL, or the service of the last `tsm login`.",
        show_default=False,
    ),
]
