"""Where things are: the project's root, and every folder and file under its data directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from asset_pipeline.errors import PathError, SetupError
from asset_pipeline.folders import Folder, FolderFile, check_name

SETTINGS_FILE = "pipeline.yaml"
ROOT_VARIABLE = "ASSET_PIPELINE_ROOT"
# Below the data directory, as the database finds it from its own place.
DATABASE_BACKUPS = Path("backups", "database")


def find_root(start: Path | None = None) -> Path:
    """Return the project's root: the nearest folder upwards that holds `pipeline.yaml`.

    Args:
        start: Folder to begin at; the current one if left out. `ASSET_PIPELINE_ROOT` beats both.

    Raises:
        SetupError: There is no such folder.
    """
    named = os.environ.get(ROOT_VARIABLE)
    begin = Path(named) if named else (start or Path.cwd())
    begin = begin.resolve()
    for folder in [begin] if named else [begin, *begin.parents]:
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise SetupError(
        f"no {SETTINGS_FILE} in {begin}" + ("" if named else " or above it"),
        fix=f"run this inside the project's folder, or set {ROOT_VARIABLE} to it",
    )


@dataclass(frozen=True)
class Paths:
    """The places of one project.

    Args:
        root: The folder with `pipeline.yaml`.
        data: The folder of all state, `data_dir` in the settings.
        specs: The folder that the sensor and a bare `sync` read.
    """

    root: Path
    data: Path
    specs: Path

    @property
    def database(self) -> Path:
        """The DuckDB file of catalog, ledger and lineage."""
        return self.data / "pipeline.duckdb"

    @property
    def prompts(self) -> Path:
        """Prompt files that a person edits; what is not there is built in."""
        return self.data / "prompts"

    @property
    def prompt_backups(self) -> Path:
        """Earlier versions of prompt files."""
        return self.data / "backups" / "prompts"

    @property
    def database_backups(self) -> Path:
        """Copies of the database: by hand, of each night, from before migrations, and what restoring has replaced."""
        return self.data / DATABASE_BACKUPS

    @property
    def images(self) -> Path:
        """Finished images as `<collection>/<type>/<slug>.<ext>`, and a manifest for each collection."""
        return self.data / "images"

    @property
    def rejected(self) -> Path:
        """Finished images that a person has rejected; they are kept, and not delivered."""
        return self.data / "rejected"

    @property
    def originals(self) -> Path:
        """What the providers delivered, by content."""
        return self.data / "originals"

    @property
    def answers(self) -> Path:
        """Answers that carry a picture which is not booked yet, by mode and call."""
        return self.data / "answers"

    @property
    def wakeups(self) -> Path:
        """What webhooks have told and nobody has used yet, by prediction."""
        return self.data / "wakeups"

    @property
    def reports(self) -> Path:
        """Contact sheets, by collection."""
        return self.data / "reports"

    @property
    def review(self) -> Path:
        """What the review page keeps: its token, and the sessions that were ended early."""
        return self.data / "review"

    @property
    def thumbnails(self) -> Path:
        """Small pictures, by the hash of what they were made of; they can be made again."""
        return self.data / "cache" / "thumbs"

    @property
    def run_logs(self) -> Path:
        """What the runs print that the review page has started, by collection."""
        return self.review / "runs"

    @property
    def legacy(self) -> Path:
        """What was taken over from the old tool, by collection: report, proposed settings, notes, pictures."""
        return self.data / "legacy"

    @property
    def logs(self) -> Path:
        """The log file of all processes, and its archives."""
        return self.data / "logs"

    @property
    def sandbox(self) -> Path:
        """State of the sandbox: its predictions and its invoice."""
        return self.data / "sandbox"

    @property
    def dagster(self) -> Path:
        """Dagster's own storage: runs, events, schedules and compute logs."""
        return self.data / "dagster"

    def folder(self, place: Path) -> Folder:
        """Return one of these places as a folder.

        Where a link stands in its place, its owner has put it there, to have it on another disk: it is followed, once
        for this object. A link that comes there later, and any below it, is not.
        """
        if place not in self._folders:
            self._folders[place] = Folder(place, base=self.data, shown=self.shown(place))
        return self._folders[place]

    @cached_property
    def _folders(self) -> dict[Path, Folder]:
        return {}

    def file(self, stored: str) -> FolderFile:
        """Return the file that the database names by its path relative to the data directory.

        Raises:
            PathError: It can lie in none of these places.
        """
        place, _, name = stored.partition("/")
        return FolderFile(self.folder(self.data / check_name(place)), name)

    def find_file(self, stored: str | None) -> FolderFile | None:
        """Return a file that the database names; None where it is not there, or would lie in none of these places."""
        try:
            file = self.file(stored or "")
        except PathError:
            return None
        return file if file.is_file() else None

    def shown(self, path: Path) -> str:
        """Return `path` as a person wants to read it: relative to the root where that is possible."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def stored(self, path: Path) -> str:
        """Return `path` as the database keeps it: relative to the data directory, which may move."""
        return path.relative_to(self.data).as_posix()
