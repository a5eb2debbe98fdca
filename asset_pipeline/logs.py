"""Logs: structured, to standard error, so that standard output stays for results.

No line shows a secret, be it ours or a library's.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from asset_pipeline.redaction import redact


def configure(level: str) -> None:
    """Set up logging for a process.

    Args:
        level: Least important level that is shown, such as `INFO`.
    """
    guard_libraries()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        # Whatever standard error is at that moment: a live progress line takes its place, to stay below what is said.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def set_level(level: str) -> None:
    """Change the least important level that is shown, from the next line on."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]))


def configure_unless_done(level: str) -> None:
    """Set up logging in a process that somebody else has started, such as Dagster's.

    Left alone, structlog would show the local variables of every exception, and with them the headers of a request.
    """
    guard_libraries()
    if not structlog.is_configured():
        configure(level)


def guard_libraries() -> None:
    """Take secrets out of what libraries log: httpx names addresses, and httpcore, at DEBUG, whole answers."""
    if logging.getLogRecordFactory() is not _clean_record:
        logging.setLogRecordFactory(_clean_record)


def _clean_record(*arguments: Any, **named: Any) -> logging.LogRecord:  # noqa: ANN401 - logging's own signature
    """Make a log record that shows no secret, whoever handles it."""
    record = logging.LogRecord(*arguments, **named)
    try:
        said = record.getMessage()
    except (TypeError, ValueError):
        return record  # the arguments do not fit the message: logging says so itself, later
    if redact(said) != said:
        # Some handlers read the arguments, so they stay where cleaning them is enough.
        if isinstance(record.args, tuple):
            record.args = tuple(redact(one) if isinstance(one, str) else one for one in record.args)
        if redact(record.getMessage()) != record.getMessage():
            record.msg, record.args = redact(said), ()
    if record.exc_info and record.exc_info[1]:
        shown = "".join(traceback.format_exception(record.exc_info[1]))
        if redact(shown) != shown:
            record.exc_info, record.exc_text = None, redact(shown)
    return record


def _without_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets out of an event's words and values, its exception included."""
    for name, value in event.items():
        text = value if isinstance(value, str) else repr(value)
        clean = redact(text)
        if clean != text:
            event[name] = clean
    return event
