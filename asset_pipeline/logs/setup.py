"""Sets a process's log up: what is important enough, and where it goes.

Standard output stays for results. Two outputs have levels of their own: the terminal, where commands show warnings
only, and the files, which follow `log_level` in the settings and can change while a run goes on.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from asset_pipeline.logs.libraries import guard_libraries
from asset_pipeline.logs.sink import LogSink
from asset_pipeline.redaction import redact
from asset_pipeline.settings.logs import LogSettings

Event = MutableMapping[str, Any]


@dataclass
class _OpenSink:
    sink: LogSink
    users: int = 0


@dataclass
class _Outputs:
    """Where the lines of this process go.

    Args:
        terminal: Least important level that is shown.
        follows: Whether the terminal's level is that of the settings.
        files: Least important level that is kept.
        sinks: The open log files, by folder.
    """

    terminal: int = logging.INFO
    follows: bool = False
    files: int = logging.INFO
    sinks: dict[Path, _OpenSink] = field(default_factory=dict)


_outputs = _Outputs()


def configure(level: str, *, follows_settings: bool = False) -> None:
    """Set up logging for a process.

    Args:
        level: Least important level that is shown, such as `INFO`.
        follows_settings: Whether `set_level` changes what is shown, too.
    """
    guard_libraries()
    _outputs.terminal, _outputs.follows = _number(level), follows_settings
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            _into_files,
            _unless_too_unimportant,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        # Whatever standard error is at that moment: a live progress line takes its place, to stay below what is said.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _let_through()


def configure_unless_done(level: str) -> None:
    """Set up logging in a process that somebody else has started, such as Dagster's.

    Left alone, structlog would show the local variables of every exception, and with them the headers of a request.
    """
    guard_libraries()
    if not structlog.is_configured():
        configure(level, follows_settings=True)


def set_level(level: str) -> None:
    """Change what is important enough, from the next line on: in the files, and where people see what files keep.

    Args:
        level: Such as `DEBUG`; `log_level` of the settings.
    """
    _outputs.files = _number(level)
    if _outputs.follows:
        _outputs.terminal = _outputs.files
    _let_through()


@contextmanager
def to_files(folder: Path, settings: LogSettings, *, level: str) -> Iterator[None]:
    """Keep this process's log in files, too, for as long as the context lasts.

    Args:
        folder: Where the files are.
        settings: Whether files are kept, how large they grow and how long they stay.
        level: Least important level that is kept.
    """
    if not settings.files:
        yield
        return
    if folder not in _outputs.sinks:
        _outputs.sinks[folder] = _OpenSink(LogSink(folder, settings))
    mine = _outputs.sinks[folder]
    mine.users += 1
    set_level(level)
    try:
        yield
    finally:
        mine.users -= 1
        if not mine.users:
            del _outputs.sinks[folder]
            mine.sink.close()
            _let_through()


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level]


def _let_through() -> None:
    """Let structlog drop at once what no output wants."""
    if structlog.is_configured():
        least = min(_outputs.terminal, _outputs.files) if _outputs.sinks else _outputs.terminal
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(least))


def _without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Take secrets out of an event's words and values, its exception included."""
    texts = {
        name: value if isinstance(value, str) else repr(value)
        for name, value in event.items()
        if not (isinstance(value, int | float) or value is None)
    }
    # Nearly always there is none, and one look at all of it says so.
    whole = "\n".join(texts.values())
    if redact(whole) != whole:
        for name, text in texts.items():
            clean = redact(text)
            if clean != text:
                event[name] = clean
    return event


def _into_files(_logger: object, _method: str, event: Event) -> Event:
    if _outputs.sinks and _level_of(event) >= _outputs.files:
        for one in list(_outputs.sinks.values()):
            one.sink.put(event)
    return event


def _unless_too_unimportant(_logger: object, _method: str, event: Event) -> Event:
    if _level_of(event) < _outputs.terminal:
        raise structlog.DropEvent
    return event


def _level_of(event: Event) -> int:
    return _number(str(event["level"]).upper())
