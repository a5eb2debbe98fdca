"""What the sandbox remembers: predictions, generations and scripted faults, in one SQLite file.

Several processes may use it at once, and it survives their end, as a real provider does. A prediction's state is not
stored: it follows from when it was created and what was decided about it then.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    id TEXT PRIMARY KEY, number INTEGER, model TEXT, version TEXT, input TEXT, fate TEXT, ending TEXT, price TEXT,
    created_at REAL, duration_s REAL, canceled_at REAL, deadline_s REAL);
CREATE TABLE IF NOT EXISTS generations (
    id TEXT PRIMARY KEY, model TEXT, cost TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, created_at REAL);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, fault TEXT, seen INTEGER DEFAULT 0, played INTEGER DEFAULT 0);
"""
_COLUMNS = "id, model, version, input, fate, ending, price, created_at, duration_s, canceled_at, deadline_s"
# The share of its time that a prediction waits for a machine; from then on it is processing.
WAITING_SHARE = 0.25
_ID_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class StoredPrediction:
    """A prediction as the sandbox keeps it.

    Args:
        id: 26 characters, as Replicate's.
        model: `owner/name`.
        version: What was asked for, or `hidden`.
        input: As it came.
        fate: What was decided about it; see `asset_pipeline.sandbox.faults`.
        ending: The status it ends in.
        price: What it costs if it succeeds.
        created_at: Unix time.
        duration_s: How long it takes.
        canceled_at: Unix time, if it was canceled.
        deadline_s: Seconds after which it is ended from outside, if the request said so.
    """

    id: str
    model: str
    version: str
    input: Mapping[str, Any]
    fate: str
    ending: str
    price: Decimal
    created_at: float
    duration_s: float
    canceled_at: float | None
    deadline_s: float | None = None

    def status(self, now: float) -> str:
        """Return its status at a moment."""
        if self.canceled_at is not None:
            return "canceled"
        age = now - self.created_at
        begins_s = self.duration_s * WAITING_SHARE
        if self.deadline_s is not None and self.deadline_s <= min(age, self.duration_s):
            return "aborted" if self.deadline_s <= begins_s else "canceled"
        if age < self.duration_s:
            return "starting" if age < begins_s else "processing"
        return self.ending

    def billed(self, now: float) -> Decimal:
        """Return what is on the invoice for it: failed and aborted runs are free, canceled ones only if not begun."""
        status = self.status(now)
        if status == "canceled" and self.canceled_at is not None:
            has_begun = self.canceled_at - self.created_at > self.duration_s * WAITING_SHARE
            return self.price if has_begun else Decimal(0)
        return self.price if status in ("succeeded", "canceled") else Decimal(0)


def new_id(length: int = 26) -> str:
    """Return an opaque id in the providers' alphabet."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(length))


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Add what a file of an earlier version lacks."""
    columns = {row[1] for row in connection.execute("PRAGMA table_info(predictions)")}
    if "deadline_s" not in columns:
        connection.execute("ALTER TABLE predictions ADD COLUMN deadline_s REAL")


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
    def _write(self) -> Iterator[sqlite3.Connection]:
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

    def add_prediction(
        self,
        *,
        model: str,
        version: str,
        given: Mapping[str, Any],
        fate: str,
        ending: str,
        price: Decimal,
        duration_s: float,
        deadline_s: float | None = None,
    ) -> StoredPrediction:
        """Take a prediction; from here on it runs, and is billed if it succeeds."""
        prediction = StoredPrediction(
            new_id(),
            model,
            version,
            dict(given),
            fate,
            ending,
            price,
            time.time(),
            duration_s,
            canceled_at=None,
            deadline_s=deadline_s,
        )
        with self._write() as connection:
            connection.execute(
                "INSERT INTO predictions VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM predictions),"
                " ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
                (
                    prediction.id,
                    model,
                    version,
                    json.dumps(given),
                    fate,
                    ending,
                    str(price),
                    prediction.created_at,
                    duration_s,
                    deadline_s,
                ),
            )
        return prediction

    def prediction(self, prediction_id: str) -> StoredPrediction | None:
        """Return one prediction, or None."""
        found = self._predictions("WHERE id = ?", prediction_id)
        return found[0] if found else None

    def predictions(self, *, created_after: float = 0.0, limit: int = -1, offset: int = 0) -> list[StoredPrediction]:
        """Return predictions, newest first."""
        return self._predictions(
            "WHERE created_at >= ? ORDER BY number DESC LIMIT ? OFFSET ?", created_after, limit, offset
        )

    def _predictions(self, tail: str, *values: object) -> list[StoredPrediction]:
        with self._write() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM predictions {tail}",  # noqa: S608 - our own text
                values,
            ).fetchall()
        return [StoredPrediction(r[0], r[1], r[2], json.loads(r[3]), r[4], r[5], Decimal(r[6]), *r[7:]) for r in rows]

    def cancel(self, prediction_id: str) -> None:
        """Cancel a prediction that has not ended."""
        prediction = self.prediction(prediction_id)
        if prediction and prediction.status(time.time()) in ("starting", "processing"):
            with self._write() as connection:
                connection.execute("UPDATE predictions SET canceled_at = ? WHERE id = ?", (time.time(), prediction_id))

    def add_generation(self, *, model: str, cost: Decimal, prompt_tokens: int, completion_tokens: int) -> str:
        """Bill a generation and return its id."""
        generation_id = f"gen-{int(time.time())}-{new_id(20)}"
        with self._write() as connection:
            connection.execute(
                "INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?)",
                (generation_id, model, str(cost), prompt_tokens, completion_tokens, time.time()),
            )
        return generation_id

    def generation(self, generation_id: str) -> dict[str, Any] | None:
        """Return one generation's bill, or None."""
        with self._write() as connection:
            row = connection.execute(
                "SELECT model, cost, prompt_tokens, completion_tokens FROM generations WHERE id = ?",
                (generation_id,),
            ).fetchone()
        return dict(zip(("model", "cost", "prompt_tokens", "completion_tokens"), row, strict=True)) if row else None

    def generations(self) -> list[tuple[str, str, str, float]]:
        """Return id, model, cost and time of all generations, oldest first."""
        with self._write() as connection:
            return connection.execute(
                "SELECT id, model, cost, created_at FROM generations ORDER BY created_at"
            ).fetchall()

    def add_fault(self, fault: Mapping[str, Any]) -> None:
        """Script one fault; see `asset_pipeline.sandbox.faults`."""
        with self._write() as connection:
            connection.execute("INSERT INTO faults (fault) VALUES (?)", (json.dumps(fault),))

    def clear_faults(self) -> None:
        """Forget all scripted faults."""
        with self._write() as connection:
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
        with self._write() as connection:
            rows = connection.execute("SELECT id, fault, seen, played FROM faults ORDER BY id").fetchall()
            faults = [(r[0], json.loads(r[1]), r[2], r[3]) for r in rows]
            yield faults
            connection.executemany(
                "UPDATE faults SET seen = ?, played = ? WHERE id = ?",
                [(seen, played, i) for i, _, seen, played in faults],
            )

    def reset(self) -> None:
        """Forget everything."""
        with self._write() as connection:
            for table in ("predictions", "generations", "faults"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
