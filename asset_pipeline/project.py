"""One project: its root, settings, secrets and places, read once and handed to whoever needs them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asset_pipeline.errors import SettingsError
from asset_pipeline.logs import configure_unless_done, to_files
from asset_pipeline.paths import Paths, find_root
from asset_pipeline.redaction import remember_address
from asset_pipeline.secrets import Secrets, load_secrets, require_secrets
from asset_pipeline.settings import Settings
from asset_pipeline.settings.sources import read_settings, wrong_settings
from asset_pipeline.settings.stamp import Stamp
from asset_pipeline.stand_ins import unpriced_stand_ins


@dataclass(frozen=True)
class Project:
    """What a process knows about the project it works in.

    Args:
        settings: The merged settings.
        secrets: The providers' keys.
        paths: Where things are.
        overrides: Settings that beat all sources, as a tree; they still do when the sources are read again.
        stamp: What the files with settings were when they were read.
    """

    settings: Settings
    secrets: Secrets
    paths: Paths
    overrides: Mapping[str, Any] = field(default_factory=dict)
    stamp: Stamp = ()

    @property
    def root(self) -> Path:
        """The folder with `pipeline.yaml`."""
        return self.paths.root


def open_project(root: Path | None = None, *, overrides: Mapping[str, Any] | None = None) -> Project:
    """Read the project at `root`, or at the nearest folder upwards that is one.

    Args:
        root: The folder with `pipeline.yaml`; looked for upwards from the current one if left out.
        overrides: Settings that beat all sources, as a tree.

    Raises:
        SetupError: There is no project here.
        SettingsError: Names all that is wrong: settings, keys that live mode lacks, stand-ins without a price.
    """
    root = find_root(root)
    read = read_settings(root, overrides=dict(overrides or {}))
    settings, problems, secrets = read.settings, list(read.problems), Secrets()
    if settings:
        remember_address(settings.budget.alert_webhook_url)
        remember_address(settings.replicate.webhook_url)
    try:
        secrets = load_secrets(root)
    except SettingsError as error:
        problems.append(str(error))
    if settings:
        try:
            require_secrets(settings, secrets)
        except SettingsError as error:
            problems.append(f"{read.source(('mode',))}: {error}")
        problems += [f"{read.place(path)}: {what}" for path, what in unpriced_stand_ins(settings)]
    if problems or settings is None:
        raise wrong_settings(problems)
    return Project(settings, secrets, settings.paths(root), overrides=dict(overrides or {}), stamp=read.stamp)


def keep_logs(project: Project) -> AbstractContextManager[None]:
    """Keep this process's log in the project's log files, for as long as the context lasts."""
    configure_unless_done(project.settings.log_level)
    return to_files(project.paths.logs, project.settings.logs, level=project.settings.log_level)
