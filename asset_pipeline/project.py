"""One project: its root, settings, secrets and places, read once and handed to whoever needs them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asset_pipeline.logs import configure_unless_done, to_files
from asset_pipeline.paths import Paths, find_root
from asset_pipeline.redaction import remember_address
from asset_pipeline.secrets import Secrets, load_secrets, require_secrets
from asset_pipeline.settings import Settings
from asset_pipeline.settings.sources import load_settings


@dataclass(frozen=True)
class Project:
    """What a process knows about the project it works in.

    Args:
        settings: The merged settings.
        secrets: The providers' keys.
        paths: Where things are.
    """

    settings: Settings
    secrets: Secrets
    paths: Paths

    @property
    def root(self) -> Path:
        """The folder with `pipeline.yaml`."""
        return self.paths.root


def open_project(root: Path | None = None, *, overrides: dict[str, Any] | None = None) -> Project:
    """Read the project at `root`, or at the nearest folder upwards that is one.

    Args:
        root: The folder with `pipeline.yaml`; looked for upwards from the current one if left out.
        overrides: Settings from the command line, as a tree.

    Raises:
        SetupError: There is no project here.
        SettingsError: A setting is wrong, or live mode lacks a key.
    """
    root = find_root(root)
    settings = load_settings(root, overrides=overrides)
    secrets = load_secrets(root)
    remember_address(settings.budget.alert_webhook_url)
    remember_address(settings.replicate.webhook_url)
    require_secrets(settings, secrets)
    return Project(settings=settings, secrets=secrets, paths=settings.paths(root))


def keep_logs(project: Project) -> AbstractContextManager[None]:
    """Keep this process's log in the project's log files, for as long as the context lasts."""
    configure_unless_done(project.settings.log_level)
    return to_files(project.paths.logs, project.settings.logs, level=project.settings.log_level)
