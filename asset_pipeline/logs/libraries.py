"""Takes secrets out of what libraries log, whoever handles it."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from asset_pipeline.redaction import redact


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
