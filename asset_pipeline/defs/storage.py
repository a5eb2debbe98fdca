"""Dagster's own files, under the project's data directory wherever that is and wherever Dagster was started."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.event import listen
from sqlalchemy.pool import ConnectionPoolEntry

from asset_pipeline.paths import ROOT_VARIABLE, SETTINGS_FILE, find_root
from asset_pipeline.settings.sources import load_settings

MAX_OPEN_FILES = 8
NO_CONFIG: dict[str, Any] = {}


def dagster_folder() -> Path:
    """Return the folder of Dagster's files: of the project that DAGSTER_HOME names, else of the one around us."""
    home = os.environ.get("DAGSTER_HOME")
    at_home = Path(home) if home and (Path(home) / SETTINGS_FILE).is_file() else None
    root = find_root() if ROOT_VARIABLE in os.environ else at_home or find_root()
    return _folder_of(root)


@cache
def _folder_of(root: Path) -> Path:
    """Return where it is, once for all: neither a moved data directory nor a broken file takes a server its storage."""
    return load_settings(root).paths(root).dagster


class KeptOpenEventLog(SqliteEventLogStorage):
    """Dagster's SQLite event log, with its files kept open between two events.

    Dagster opens a file and compiles its SQL anew for every event, and waits for the disk at each: 500 images with
    six events each took 37 s that way and 6 s this way, on two cores. What a power cut may take are the last events;
    money and files are in the ledger, which does wait for the disk.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        """Return the engine of a run's file, or of the index; the least recently used are closed."""
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
            listen(engine, "connect", _sync_at_checkpoints)
            self._engines[shard] = engine
            while len(self._engines) > MAX_OPEN_FILES:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def has_table(self, table_name: str) -> bool:
        """Say whether the index has a table; looked up until it has, as Dagster asks at every check."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Close the files."""
        super().dispose()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _sync_at_checkpoints(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.cursor().execute("PRAGMA synchronous = NORMAL")


class StorageInDataDir(DagsterSqliteStorage):
    """Runs, events and schedules as SQLite files."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptOpenEventLog(self._event_log_storage._base_dir)

    @classmethod
    def config_type(cls) -> Any:  # noqa: ANN401 - dagster's own signature
        """Take no configuration."""
        return NO_CONFIG

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 - dagster's own signature
    ) -> StorageInDataDir:
        """Open the storage; one process at a time, as two that make its tables at once break each other."""
        folder = dagster_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            return cls.from_local(str(folder), inst_data=inst_data)


class ArtifactsInDataDir(LocalArtifactStorage):
    """Files that Dagster keeps beside its storage."""

    @classmethod
    def config_type(cls) -> Any:  # noqa: ANN401 - dagster's own signature
        """Take no configuration."""
        return NO_CONFIG

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 - dagster's own signature
    ) -> ArtifactsInDataDir:
        """Open the storage."""
        return cls(str(dagster_folder()), inst_data=inst_data)


class LogsInDataDir(LocalComputeLogManager):
    """What runs print."""

    @classmethod
    def config_type(cls) -> Any:  # noqa: ANN401 - dagster's own signature
        """Take no configuration."""
        return NO_CONFIG

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 - dagster's own signature
    ) -> LogsInDataDir:
        """Open the storage."""
        return cls(str(dagster_folder() / "logs"), inst_data=inst_data)
