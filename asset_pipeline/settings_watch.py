"""Follows a project's settings while work goes on: a good edit is taken, a bad one refused, and the old ones stay."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from asset_pipeline.errors import PipelineError, SettingsError
from asset_pipeline.paths import SETTINGS_FILE
from asset_pipeline.project import Project, open_project
from asset_pipeline.settings import Section, Settings
from asset_pipeline.settings.stamp import Stamp, stamp_of

# An empty or missing file may be one that an editor is just writing; taken at once, all limits would be the built-in.
SETTLED_S = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class News:
    """What a look at the files has found.

    Args:
        taken: Settings that hold from now on.
        warnings: What a person should know; each is told once.
    """

    taken: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class SettingsWatch:
    """The project as its files say now, as far as they are right and its owner can follow; may be asked by any thread.

    Args:
        project: As it was opened.
        follows: Says of a changed setting, such as `budget.total_usd`, whether its owner takes it while at work.
        clock: Tells the time, in seconds.
    """

    def __init__(
        self, project: Project, *, follows: Callable[[str], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._project = project
        self._follows = follows
        self._clock = clock
        self._seen = project.stamp
        self._unsettled: tuple[Stamp, float] | None = None
        self._refused: str | None = None
        self._waiting: tuple[str, ...] = ()
        self._one_at_a_time = threading.Lock()

    @property
    def project(self) -> Project:
        """The project under the settings that hold."""
        return self._project

    @property
    def refused(self) -> str | None:
        """Why the files as they are now are not taken; None where they are."""
        return self._refused

    @property
    def waiting(self) -> tuple[str, ...]:
        """Settings that have changed and hold from the next start on."""
        return self._waiting

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know as long as it is so."""
        return tuple(filter(None, (_of_refusal(self._refused), _of_waiting(self._waiting))))

    def is_due(self) -> bool:
        """Say whether a file is not as it was; costs two questions to the file system."""
        return stamp_of(self._project.root) != self._seen

    def look(self) -> News:
        """Read the files again if they have changed, and take what they say."""
        with self._one_at_a_time:
            stamp = stamp_of(self._project.root)
            if stamp == self._seen or self._may_be_half_written(stamp):
                return News()
            self._seen = stamp
            try:
                said = self._read()
            except PipelineError as error:
                self._refused = str(error)
                return _told((), [_of_refusal(self._refused)])
            self._refused = None
            return self._take(said)

    def _read(self) -> Project:
        root = self._project.root
        if not (root / SETTINGS_FILE).is_file():  # or a project further up would be found
            raise SettingsError(f"{SETTINGS_FILE} is not there any more", where=str(root), fix="put it back")
        return open_project(root, overrides=self._project.overrides)

    def _take(self, said: Project) -> News:
        before, waited = self._project.settings, self._waiting
        self._waiting = tuple(key for key in changed_keys(before, said.settings) if not self._follows(key))
        settings = _with_old(said.settings, before, self._waiting)
        self._project = replace(self._project, settings=settings, paths=settings.paths(self._project.root))
        taken = tuple(changed_keys(before, settings))
        if taken:
            log.info("settings changed", keys=", ".join(taken))
        return _told(taken, [_of_waiting(self._waiting)] if set(self._waiting) - set(waited) else [])

    def _may_be_half_written(self, stamp: Stamp) -> bool:
        """Say whether a file that had something in it has nothing now, and only just now."""
        if not any(old and old.size and not (new and new.size) for old, new in zip(self._seen, stamp, strict=False)):
            return False
        now = self._clock()
        if self._unsettled is None or self._unsettled[0] != stamp:
            self._unsettled = (stamp, now)
        return now - self._unsettled[1] < SETTLED_S


def changed_keys(old: Settings, new: Settings) -> list[str]:
    """Return which settings differ, by section and name."""
    keys = []
    for name in Settings.model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if isinstance(before, Section):
            fields = type(before).model_fields
            keys += [f"{name}.{field}" for field in fields if getattr(before, field) != getattr(after, field)]
        elif before != after:
            keys.append(name)
    return keys


def _with_old(settings: Settings, old: Settings, keys: Sequence[str]) -> Settings:
    """Return settings with some as they were."""
    for key in keys:
        name, _, field = key.partition(".")
        value = getattr(old, name)
        if field:
            value = getattr(settings, name).model_copy(update={field: getattr(value, field)})
        settings = settings.model_copy(update={name: value})
    return settings


def _of_refusal(problems: str | None) -> str:
    return f"the changed settings are refused, and those from before hold: {problems}" if problems else ""


def _of_waiting(keys: Sequence[str]) -> str:
    return f"{', '.join(keys)}: the change takes effect at the next start" if keys else ""


def _told(taken: tuple[str, ...], warnings: Sequence[str]) -> News:
    said = tuple(filter(None, warnings))
    for warning in said:
        log.warning(warning)
    return News(taken, said)
