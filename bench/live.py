"""What one look of live progress costs, with 5,000 images and 50,000 entries of the ledger."""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

from asset_pipeline.ledger import Connection, Database, Ledger
from asset_pipeline.review.live_feed import look
from asset_pipeline.review.live_look import Cursor
from asset_pipeline.settings import BudgetSettings

IMAGES, CALLS, LOOKS = 5_000, 16_667, 40
FILL = """
INSERT INTO store.collections (collection, title, spec_file, spec_sha256, revision, synced_at)
SELECT 'c' || i, '', '', '', 1, now() FROM range(10) t(i);
INSERT INTO store.images
SELECT 'c' || i % 10 || '.icons.n' || i, 'c' || i % 10, i, '{}', '', 'done', NULL, now() - INTERVAL 1 HOUR,
    now() - INTERVAL 1 HOUR, NULL, i < 100 FROM range($images) t(i);
INSERT INTO store.deliveries
SELECT nextval('store.delivery_ids'), image_key, '', '', '', '', 'f', 1, NULL, now() FROM store.images;
INSERT INTO store.checks
SELECT image_key, 'blank', '', 1, '', 'at most', 2, position % 50 > 0, 'review', '', now() FROM store.images;
INSERT INTO store.calls
SELECT 'old-' || i, 'sandbox', 'replicate', 'image', 'm/x', 'c' || i % 10 || '.icons.n' || i % $images, 'c' || i % 10,
    'sample', 'key-' || i, repeat('a request ', 60), '{}', 0.01, ['total', 'day:x'], NULL, 'bench:1', 'settled',
    'succeeded', 0.01, NULL, repeat('an answer ', 60), NULL, now(), now() FROM range($calls) t(i);
INSERT INTO store.entries (call_id, state, held_change_usd, spent_change_usd, actor, created_at)
SELECT call_id, s.state, s.held, s.spent, 'bench:1', now()::TIMESTAMP FROM store.calls,
    (VALUES ('held', 0.01, 0), ('submitted', 0, 0), ('settled', -0.01, 0.01)) s(state, held, spent)
"""


def fill(connection: Connection) -> None:
    """Write what a large project has."""
    for statement in FILL.replace("$images", str(IMAGES)).replace("$calls", str(CALLS)).split(";"):
        connection.execute(statement)


def timed(database: Database, since: Cursor | None, *, pause_s: float) -> tuple[float, float]:
    """Return the milliseconds that a look takes, and those of a processor; after a pause, the file is opened for it."""
    took, worked = [], []
    for _ in range(LOOKS):
        time.sleep(pause_s)
        began, began_work = time.perf_counter(), time.process_time()
        database.run(partial(look, mode="sandbox", is_gated=True, since=since))
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - began_work) * 1000)
    return statistics.median(took), statistics.median(worked)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, Database(Path(folder) / "pipeline.duckdb") as database:
        Ledger(database, mode="sandbox").adopt_settings(BudgetSettings())
        database.run(fill)
        found = database.run(partial(look, mode="sandbox", is_gated=True, since=None))
        print(f"live progress: {IMAGES:,} images, {CALLS * 3:,} entries")
        for name, since, pause_s in (
            ("a look, the file open", found.cursor, 0.0),
            ("a look, the file opened for it (aim: 30)", found.cursor, 0.2),
            ("a first look, the file open", None, 0.0),
        ):
            took_ms, worked_ms = timed(database, since, pause_s=pause_s)
            print(f"  {name:<42}{took_ms:6.1f} ms, of a processor {worked_ms:5.1f} ms")


if __name__ == "__main__":
    main()
