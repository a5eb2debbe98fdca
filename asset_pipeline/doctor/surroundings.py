"""Looks at what is on this machine: settings, keys, home of Dagster, disk, database, specs, ports. Opens no way out."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from asset_pipeline.doctor.finding import Finding
from asset_pipeline.dotenvfile import read_dotenv
from asset_pipeline.errors import PipelineError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.migrations import steps
from asset_pipeline.paths import Paths, find_root
from asset_pipeline.secrets import load_secrets, require_secrets
from asset_pipeline.settings import Settings
from asset_pipeline.settings.sources import load_settings
from asset_pipeline.settings.types import Mode
from asset_pipeline.specs import load_specs, spec_files

PORTS = {"dagster": 3000, "review": 4500, "webhooks": 4501}
MIN_FREE_BYTES = 1_000_000_000


def surroundings() -> Iterator[Finding]:
    """Yield what was found, the settings first; without them there is nothing more to look at."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("python", sys.version_info >= (3, 11), version, "use Python 3.11 or newer")
    try:
        root = find_root()
        settings = load_settings(root)
    except PipelineError as error:
        yield Finding("settings", good=False, message=str(error))
        return
    paths = settings.paths(root)
    yield Finding("settings", good=True, message=f"mode {settings.mode}, root {root}")
    yield _keys(root, settings)
    yield _home(root)
    yield _disk(paths)
    yield _guarded("database", lambda: _database(paths))
    yield _guarded("specs", lambda: _specs(settings, paths))
    for name, port in PORTS.items():
        yield _port(name, port)
    yield _clock()


def _guarded(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except PipelineError as error:
        return Finding(name, good=False, message=str(error))


def _keys(root: Path, settings: Settings) -> Finding:
    try:
        secrets = load_secrets(root)
        require_secrets(settings, secrets)
    except PipelineError as error:
        return Finding("keys", good=False, message=error.what, fix=error.fix or "")
    have = [name for name, value in vars(secrets).items() if value]
    message = f"set for {', '.join(have)}" if have else "none set"
    needed = "" if settings.mode is Mode.LIVE else "; the sandbox needs none"
    return Finding("keys", good=True, message=message + needed)


def _home(root: Path) -> Finding:
    home = os.environ.get("DAGSTER_HOME") or read_dotenv(root).values.get("DAGSTER_HOME")
    fix = f"make setup writes it to .env; or: export DAGSTER_HOME={root}"
    if not home:
        return Finding("dagster", good=False, message="DAGSTER_HOME is not set", fix=fix)
    if not (Path(home) / "dagster.yaml").is_file():
        return Finding("dagster", good=False, message=f"DAGSTER_HOME={home} has no dagster.yaml", fix=fix)
    return Finding("dagster", good=True, message=f"DAGSTER_HOME={home}")


def _disk(paths: Paths) -> Finding:
    folder = next(folder for folder in (paths.data, *paths.data.parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        return Finding(
            "data", good=False, message=f"{folder} cannot be written to", fix="change its rights, or data_dir"
        )
    good = free > MIN_FREE_BYTES
    return Finding("data", good, f"{paths.data}, {free / 1e9:.1f} GB free", "make room, or move data_dir")


def _database(paths: Paths) -> Finding:
    newest = max(version for version, _, _ in steps())
    if not paths.database.is_file():
        return Finding("database", good=True, message="none yet; the first sync makes it")
    with Database(paths.database) as database:
        row = database.run(lambda c: c.execute("SELECT max(version) FROM store.migrations").fetchone())
    version = row[0] if row else 0
    return Finding("database", version == newest, f"version {version} of {newest}")


def _specs(settings: Settings, paths: Paths) -> Finding:
    files = spec_files(paths.specs)
    loaded = load_specs(files, root=paths.root, max_file_mb=settings.specs.max_file_mb)
    images = sum(len(one.images) for one in loaded.collections)
    if loaded.problems:
        return Finding("specs", good=False, message="\n".join(str(problem) for problem in loaded.problems))
    return Finding("specs", good=True, message=f"{len(files)} files in {paths.shown(paths.specs)}, {images} images")


def _port(name: str, port: int) -> Finding:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    message = f"port {port} for {name} is {'in use (by it, or by something else)' if taken else 'free'}"
    return Finding("port", good=True, message=message)


def _clock() -> Finding:
    now = utc_now()
    good = now.year >= 2026
    return Finding(
        "clock", good, f"{now:%Y-%m-%d %H:%M} UTC; the daily budget turns over at 00:00 UTC", "set the clock"
    )
