"""The first page of 5,000 images with seven calls each, as the server answers it, at rest and while a run writes.

A wall should be there in 300 ms of the server's time, and not slow down with the journal; run it by hand:
`python bench/review_page.py`.
"""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import cast

from starlette.testclient import TestClient

from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.rows import insert
from asset_pipeline.project import open_project
from asset_pipeline.review.app import review_app
from asset_pipeline.review.desk import Desk
from asset_pipeline.review.guard.token import review_token
from asset_pipeline.specs import Catalog, Collection, WantedImage
from bench.harness import make_project

IMAGES, CALLS, BASE = 5_000, 7, 100
TIMES = 15
LIMIT_MS = 300
# Further rounds over all pages, and how much more memory they may leave in use.
ROUNDS, MOST_GROWTH = 4, 1.1
TEXT = "A composed, quietly confident rendering of one bold symbol on a plain ground, in two colours. " * 8
PAGES = {
    "first page": "/c/bench",
    "last page": "/c/bench?page=84",
    "waiting for review": "/c/bench?decision=waiting",
    "dearest first": "/c/bench?sort=cost",
    "weakest prompts": "/c/bench?sort=score_up&score_to=6",
    "search": "/c/bench?text=symbol+4",
    "collections": "/",
    "one image": "/i/bench.icons.n42",
}


def fill(database: Database, count: int) -> None:
    """Write a collection with its journal, its competitions and its checks."""
    images = tuple(
        WantedImage(
            key=f"bench.icons.n{n}",
            collection="bench",
            type="icons",
            slug=f"n{n}",
            title=f"Symbol {n}",
            description=TEXT[:200],
            model="recraft-ai/recraft-v3",
            width=64,
            height=64,
            format="png",
        )
        for n in range(count)
    )
    Catalog(database).sync([Collection("bench", "Bench", "bench.yaml", "0", images)])
    database.run(lambda connection: _fill(connection, count))


FILLED = """
INSERT INTO store.calls SELECT 'c' || n || '-' || k, 'sandbox', 'replicate', if(k < 6, 'writer', 'image'),
    'maker/model', 'bench.icons.n' || n, 'bench', 'sample', 'k' || n || '-' || k, $text, '{}', 0.04, ['total', 'day'],
    'run', 'me', 'settled', 'succeeded', 0.001 * (k + 1), 'p' || n || '-' || k, $text, NULL, $at, $at
FROM range($count) a(n), range($calls) b(k);
INSERT INTO store.entries (call_id, state, held_change_usd, spent_change_usd, actor, created_at)
SELECT call_id, state, 0, cost_usd, 'me', created_at FROM store.calls, range(3);
INSERT INTO store.competitions (content_key, image_key, prompt, negative_prompt, winner, score, created_at)
SELECT 'p' || n, 'bench.icons.n' || n, $text, '', 'maker/model', 4 + n % 60 / 10, $at FROM range($count) a(n);
INSERT INTO store.candidates SELECT 'p' || n, k, 'bench.icons.n' || n, 'maker/model', $text, '', '', 6, '{}', '', k = 0,
    'c' || n || '-' || k, NULL, $at, NULL, NULL FROM range($count) a(n), range(3) b(k);
INSERT INTO store.deliveries (image_key, recipe_key, prompt_key, content_key, path, sha256, bytes, created_at)
SELECT 'bench.icons.n' || n, 'r', 'p' || n, 'o' || n, 'images/bench/icons/n' || n || '.png', sha256(n::VARCHAR), 5000,
    $at FROM range($count) a(n);
INSERT INTO store.checks SELECT 'bench.icons.n' || n, 'check-' || k, 'o' || n, 1, 'px', 'at most', 1, (n + k) % 40 > 0,
    'review', 'as wanted', $at FROM range($count) a(n), range(14) b(k);
INSERT INTO store.reviews (review_id, collection, image_key, decision, reviewer, seen_sha256, created_at)
SELECT 'v' || n, 'bench', 'bench.icons.n' || n, 'approve', 'me', sha256(n::VARCHAR), $at FROM range($count) a(n)
WHERE n % 3 = 0;
UPDATE store.images SET state = 'done';
"""


def _fill(connection: Connection, count: int) -> None:
    values = {"count": str(count), "calls": str(CALLS), "text": f"'{TEXT}'", "at": "TIMESTAMP '2026-01-01'"}
    connection.execute(Template(FILLED).substitute(values))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Write to the database from a connection of its own, as a run does, for as long as the context lasts."""
    ends = threading.Event()

    def write() -> None:
        columns = "store.entries (call_id, state, held_change_usd, spent_change_usd, actor, created_at)"
        row = ("w", "held", "0.04", "0", "me", "2026-01-01")
        with Database(path) as database:
            while not ends.wait(0.02):
                database.run(lambda connection: insert(connection, columns, [row]))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


def measure(client: TestClient) -> dict[str, float]:
    """Return the median time of each page, in milliseconds."""
    medians = {}
    for name, path in PAGES.items():
        times = []
        for _ in range(TIMES):
            started = time.perf_counter()
            answer = client.get(path)
            times.append(1000 * (time.perf_counter() - started))
            if answer.status_code != 200:
                raise SystemExit(f"{path} was answered with {answer.status_code}")
        medians[name] = statistics.median(times)
    return medians


@contextmanager
def served(folder: Path, count: int) -> Iterator[tuple[TestClient, Path]]:
    """Serve a filled project to a client that is signed in."""
    make_project(folder, "collection: bench\nimages: []\n")
    project = open_project(folder)
    token = review_token(project)
    with Database(project.paths.database) as database:
        fill(database, count)
        app = review_app(project, database, cast("Desk", None), token.value)  # no page that is measured asks it
        with TestClient(app, base_url="http://127.0.0.1:4500", follow_redirects=False) as client:
            client.post("/sign-in", data={"token": token.value.get_secret_value(), "name": "bench"})
            client.get("/c/bench")
            yield client, project.paths.database


def memory_mb() -> float:
    """Return how much memory this process, which serves the page, has in use, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def main() -> None:
    """Measure, and print milliseconds and ratios."""
    with tempfile.TemporaryDirectory() as name:
        with served(Path(name) / "small", BASE) as (client, _):
            small = measure(client)
        with served(Path(name) / "large", IMAGES) as (client, path):
            rest = measure(client)
            with writing(path):
                busy = measure(client)
                before_mb = memory_mb()
                for _ in range(ROUNDS):
                    measure(client)
                after_mb = memory_mb()
    print(f"review page: {IMAGES:,} images, {IMAGES * CALLS:,} calls; medians of {TIMES}")
    for page in PAGES:
        ratio = rest[page] / small[page]
        print(
            f"  {page:20} {rest[page]:6.0f} ms at rest, {busy[page]:6.0f} ms while a run writes;"
            f" {ratio:4.1f} times what {BASE} images take"
        )
    growth = after_mb / before_mb
    print(f"  memory: {before_mb:.0f} MB, and {after_mb:.0f} MB after {ROUNDS} more rounds: {growth:.2f} times")
    if growth > MOST_GROWTH:
        raise SystemExit(f"the memory has grown by more than {MOST_GROWTH - 1:.0%}")
    if busy["first page"] > LIMIT_MS:
        raise SystemExit(f"the first page takes more than {LIMIT_MS} ms")


if __name__ == "__main__":
    main()
