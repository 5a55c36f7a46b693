"""Structured logs of the worker: one line an event on standard error, libraries included, with secrets hidden."""

import logging
import sys
from typing import Literal

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.types import Processor

from uws.scrubbing import scrub

__all__ = ["configure_logs"]


class _ScrubbingFormatter(ProcessorFormatter):
    """Hides secrets in the finished line, so that arguments and tracebacks are covered as well."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def configure_logs(*, log_format: Literal["json", "console"], level: str) -> None:
    """Set up the logs of this process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[Processor] = (
        [structlog.processors.ExceptionRenderer(), structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _ScrubbingFormatter(
            foreign_pre_chain=shared, processors=[ProcessorFormatter.remove_processors_meta, *rendering]
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # A line for each wake-up would bury what matters; its errors are still told.
    logging.getLogger("arq").setLevel(logging.WARNING)
    # They log addresses, and that of a download is signed.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
