"""Structured logs of the web process: one line an event, with secrets hidden."""

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
    """Send the logs of this process, libraries included, to standard error; calling it again changes the form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _StandardErrorHandler()
    handler.setFormatter(
        _ScrubbingFormatter(
            foreign_pre_chain=shared,
            processors=[ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not isinstance(kept, _StandardErrorHandler)] + [handler]
    root.setLevel(level.upper())
    _tame_libraries()


class _StandardErrorHandler(logging.Handler):
    """Writes to the standard error of the moment, which test runners and embedding programs exchange."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self.handleError(record)


def _rendering(log_format: Literal["json", "console"]) -> list[Processor]:
    if log_format == "console":
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    # No locals in tracebacks: they may hold a token.
    return [structlog.processors.ExceptionRenderer(), structlog.processors.JSONRenderer()]


def _tame_libraries() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    # Our own line per request replaces uvicorn's, which would hold whole addresses.
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
