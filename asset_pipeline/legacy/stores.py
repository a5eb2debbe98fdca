"""The old SQLite files: each is copied with its logs, which may hold all data or its undoing, and the copy is read."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from asset_pipeline.legacy.findings import Fate, Findings, Record
from asset_pipeline.legacy.folder import SourceFile
from asset_pipeline.legacy.history import thing_record

# Who was where with which token is nobody's history.
PRIVATE = frozenset({"sessions", "session_activity", "security_events", "ip_reputation", "attack_patterns"})
_UNTRUSTED = frozenset({"quality_evaluations", "competitive_prompts", "prompt_competitions"})
MAX_ROWS = 100_000


def read_store(file: SourceFile, findings: Findings) -> list[Record]:
    """Return a record for each row; the tables are noted. The old file is never opened as a database."""
    with tempfile.TemporaryDirectory(prefix="asset-pipeline-legacy-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            shutil.copyfile(file.path, copy)
            for end in ("-wal", "-journal"):
                log = file.path.with_name(f"{file.path.name}{end}")
                if log.is_file() and not log.is_symlink():
                    shutil.copyfile(log, copy.with_name(f"{copy.name}{end}"))
            with closing(sqlite3.connect(copy)) as connection:
                return list(_rows(connection, file.name, findings))
        except (sqlite3.Error, OSError) as error:
            findings.add(file.name, 0, "file", file.name, Fate.UNREADABLE, f"it cannot be read: {error}")
            return []


def _rows(connection: sqlite3.Connection, file: str, findings: Findings) -> Iterator[Record]:
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    connection.row_factory = sqlite3.Row
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    tables = [str(row[0]) for row in names if not str(row[0]).startswith("sqlite_")]
    if not tables:
        findings.add(file, 0, "file", file, Fate.LEFT_OUT, "there are no tables in it")
    for table in tables:
        quoted = table.replace('"', '""')
        try:
            rows = connection.execute(f'SELECT * FROM "{quoted}" LIMIT {MAX_ROWS}').fetchall()  # noqa: S608 - quoted
            (count,) = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - quoted
        except sqlite3.Error as error:
            findings.add(file, 0, "table", table, Fate.UNREADABLE, str(error))
            continue
        if table in PRIVATE:
            said = f"{count} rows: who was signed in where is not kept"
            findings.add(file, 0, "table", table, Fate.LEFT_OUT, said)
            continue
        is_trusted = table not in _UNTRUSTED
        findings.add(
            file, 0, "table", table, Fate.KEPT, f"{len(rows)} rows, as history{'' if is_trusted else ', untrusted'}"
        )
        if count > len(rows):
            said = f"{count - len(rows)} rows more: of one table, {MAX_ROWS:,} are read"
            findings.add(file, 0, "table", table, Fate.LEFT_OUT, said)
        for number, row in enumerate(rows, 1):
            yield thing_record(f"sqlite:{table}", _thing(row), file=file, line=number, is_trusted=is_trusted)


def _thing(row: sqlite3.Row) -> Mapping[str, Any]:
    """Return a row as something that is JSON; of bytes, how many."""
    keys: Sequence[str] = row.keys()
    return {key: f"{len(value)} bytes" if isinstance(value := row[key], bytes) else value for key in keys}
