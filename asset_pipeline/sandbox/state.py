"""What the sandbox remembers: predictions, uploads, generations and scripted faults, in one SQLite file.

Several processes may use it at once, and it survives their end, as a real provider does. A prediction's state is not
stored: it follows from when it was created and what was decided about it then.
"""

from __future__ import annotations

import json
import math
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from asset_pipeline.sandbox.pages import Place
from asset_pipeline.sandbox.prediction import StoredPrediction

_SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    id TEXT PRIMARY KEY, number INTEGER, model TEXT, version TEXT, input TEXT, fate TEXT, ending TEXT,
    created_at REAL, duration_s REAL, canceled_at REAL, deadline_s REAL, deployment TEXT, webhook TEXT, events TEXT);
CREATE TABLE IF NOT EXISTS uploads (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, name TEXT, content_type TEXT, data BLOB, metadata TEXT,
    created_at REAL);
CREATE TABLE IF NOT EXISTS generations (
    id TEXT PRIMARY KEY, model TEXT, cost TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, created_at REAL);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, fault TEXT, seen INTEGER DEFAULT 0, played INTEGER DEFAULT 0);
"""
# Columns that files of earlier versions lack.
_ADDED = {"deadline_s": "REAL", "deployment": "TEXT", "webhook": "TEXT", "events": "TEXT"}
_COLUMNS = (
    "id, model, version, input, fate, ending, created_at, duration_s, canceled_at, deadline_s, deployment, webhook,"
    " events, number"
)
_ID_ALPHABET = string.ascii_lowercase + string.digits


def new_id(length: int = 26) -> str:
    """Return an opaque id in the providers' alphabet."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(length))


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Add what a file of an earlier version lacks."""
    columns = {row[1] for row in connection.execute("PRAGMA table_info(predictions)")}
    for name, kind in _ADDED.items():
        if name not in columns:
            connection.execute(f"ALTER TABLE predictions ADD COLUMN {name} {kind}")


def _prediction(row: dict[str, Any]) -> StoredPrediction:
    events = json.loads(row["events"] or "[]")
    return StoredPrediction(**(row | {"input": json.loads(row["input"]), "events": tuple(events)}))


class SandboxState:
    """The sandbox's memory.

    Args:
        folder: Where its file lies; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "sandbox.sqlite"
        self._guard = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._guard:
            if self._connection:
                self._connection.close()
                self._connection = None

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give the file in a transaction of its own."""
        with self._guard:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, timeout=30, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)
            _bring_up_to_date(self._connection)
        return self._connection

    def add_prediction(self, wanted: StoredPrediction) -> StoredPrediction:
        """Take a prediction, and return it with its number; from here on it runs, and is billed if it succeeds."""
        with self.write() as connection:
            (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM predictions").fetchone()
            taken = replace(wanted, number=number)
            values = asdict(taken) | {"input": json.dumps(taken.input), "events": json.dumps(taken.events)}
            names = _COLUMNS.split(", ")
            connection.execute(
                f"INSERT INTO predictions ({_COLUMNS}) VALUES ({', '.join('?' * len(names))})",  # noqa: S608 - our own names
                [values[name] for name in names],
            )
        return taken

    def prediction(self, prediction_id: str) -> StoredPrediction | None:
        """Return one prediction, or None."""
        found = self._predictions("WHERE id = ?", prediction_id)
        return found[0] if found else None

    def predictions(
        self, place: Place | None = None, *, since: float = 0.0, until: float = math.inf, limit: int = -1
    ) -> list[StoredPrediction]:
        """Return predictions in the order of their place, without one newest first.

        Args:
            place: Where to begin.
            since: Unix time of the first that counts.
            until: Unix time of the first that does not count any more.
            limit: How many at most; -1 for all.
        """
        where, order = place.sql() if place else ("1", "DESC")
        tail = f"WHERE {where} AND created_at >= ? AND created_at < ? ORDER BY number {order} LIMIT ?"
        return self._predictions(tail, since, until, limit)

    def _predictions(self, tail: str, *values: object) -> list[StoredPrediction]:
        with self.write() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM predictions {tail}",  # noqa: S608 - our own text
                values,
            ).fetchall()
        return [_prediction(dict(zip(_COLUMNS.split(", "), row, strict=True))) for row in rows]

    def cancel(self, prediction_id: str) -> None:
        """Cancel a prediction that has not ended."""
        prediction = self.prediction(prediction_id)
        if prediction and prediction.is_running(time.time()):
            with self.write() as connection:
                connection.execute("UPDATE predictions SET canceled_at = ? WHERE id = ?", (time.time(), prediction_id))

    def add_generation(self, *, model: str, cost: Decimal, prompt_tokens: int, completion_tokens: int) -> str:
        """Bill a generation and return its id."""
        generation_id = f"gen-{int(time.time())}-{new_id(20)}"
        with self.write() as connection:
            connection.execute(
                "INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?)",
                (generation_id, model, str(cost), prompt_tokens, completion_tokens, time.time()),
            )
        return generation_id

    def generation(self, generation_id: str) -> dict[str, Any] | None:
        """Return one generation's bill, or None."""
        with self.write() as connection:
            row = connection.execute(
                "SELECT model, cost, prompt_tokens, completion_tokens FROM generations WHERE id = ?",
                (generation_id,),
            ).fetchone()
        return dict(zip(("model", "cost", "prompt_tokens", "completion_tokens"), row, strict=True)) if row else None

    def generations(self) -> list[tuple[str, str, str, float]]:
        """Return id, model, cost and time of all generations, oldest first."""
        with self.write() as connection:
            return connection.execute(
                "SELECT id, model, cost, created_at FROM generations ORDER BY created_at"
            ).fetchall()

    def add_fault(self, fault: Mapping[str, Any]) -> None:
        """Script one fault; see `asset_pipeline.sandbox.faults`."""
        with self.write() as connection:
            connection.execute("INSERT INTO faults (fault) VALUES (?)", (json.dumps(fault),))

    def clear_faults(self) -> None:
        """Forget all scripted faults."""
        with self.write() as connection:
            connection.execute("DELETE FROM faults")

    def has_faults(self) -> bool:
        """Say whether any fault is scripted; asked at every request, so it takes no lock."""
        with self._guard:
            return bool(self._open().execute("SELECT EXISTS (SELECT 1 FROM faults)").fetchone()[0])

    @contextmanager
    def faults(self) -> Iterator[list[tuple[int, dict[str, Any], int, int]]]:
        """Give the scripted faults as id, fault, requests seen and times played, under the lock.

        What the caller leaves in the list is written back.
        """
        with self.write() as connection:
            rows = connection.execute("SELECT id, fault, seen, played FROM faults ORDER BY id").fetchall()
            faults = [(r[0], json.loads(r[1]), r[2], r[3]) for r in rows]
            yield faults
            connection.executemany(
                "UPDATE faults SET seen = ?, played = ? WHERE id = ?",
                [(seen, played, i) for i, _, seen, played in faults],
            )

    def reset(self) -> None:
        """Forget everything."""
        with self.write() as connection:
            for table in ("predictions", "uploads", "generations", "faults"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
