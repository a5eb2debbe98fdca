"""A project with images to review, made without a run, and the review page of it as a client sees it."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from PIL import Image
from pydantic import SecretStr
from starlette.testclient import TestClient

from asset_pipeline.images.check_rows import Looked, save_looks
from asset_pipeline.images.checks import Bound, Check
from asset_pipeline.images.files import FileStore, StoredFile
from asset_pipeline.images.inspect import Inspected
from asset_pipeline.images.store import Delivery, KeptOriginal, Original, save_deliveries, save_originals
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.rows import insert
from asset_pipeline.project import Project
from asset_pipeline.prompts.store import Candidate, Mark, Winner, save_winners
from asset_pipeline.review.app import review_app
from asset_pipeline.settings.checks import Policy
from asset_pipeline.specs import Catalog, Collection, WantedImage
from asset_pipeline_tests.support.desks import FakeDesk
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.wanted import wanted

TOKEN = "open-sesame-4711-open"
BASE = "http://127.0.0.1:4500"
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' & {{ 7 * 7 }}"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script>'
    b'<rect width="64" height="64" fill="teal" onload="alert(2)"/></svg>'
)
LANTERN, COMPASS, ANCHOR, EVIL_ONE = (f"test.icons.{name}" for name in ("lantern", "compass", "anchor", "evil"))
DRAWN, BANNER = "test.icons.drawn", "test.covers.banner"
IMAGES = (
    wanted(),
    wanted(slug="compass", title="Compass", variant=1),
    wanted(slug="compass-2", title="Compass", variant=2),
    wanted(slug="anchor", title="Anchor", description="It is not made yet."),
    wanted(slug="evil", title=EVIL, description=EVIL),
    wanted(slug="drawn", title="Drawn"),
    wanted(slug="banner", title="Banner", type="covers", width=1500, height=400, format="webp", transparent=True),
)


@dataclass
class Reviewed:
    """A project whose images can be reviewed.

    Args:
        project: The project.
        database: Its database.
        desk: What decisions are handed to.
        now_s: The clock of the sessions.
    """

    project: Project
    database: Database
    desk: FakeDesk = field(default_factory=FakeDesk)
    now_s: Callable[[], float] = time.time

    def client(self, *, name: str | None = "Ada", base: str = BASE, token: str = TOKEN, **options: Any) -> TestClient:
        """Return a client, signed in under a name unless that is None; each is served by a server of its own."""
        app = review_app(self.project, self.database, self.desk, SecretStr(token), now_s=self.now_s, **options)
        client = TestClient(app, base_url=base, follow_redirects=False, raise_server_exceptions=False)
        if name is not None:
            answer = client.post("/sign-in", data={"token": token, "name": name})
            assert answer.status_code == 303, answer.text
        return client

    def make(self, image: WantedImage, colour: str = "teal", *, original: bytes | None = None) -> str:
        """Deliver an image in one colour, and return the hash of its file."""
        files = FileStore(self.project.paths)
        small = io.BytesIO()
        Image.new("RGBA", (image.width, image.height), colour).save(small, image.format)
        delivered = files.deliver(image, small.getvalue())
        bought = original or small.getvalue()
        kept = files.keep_original(files.part_of(bought), format="svg" if original else image.format)
        content_key = f"content-{image.key}-{kept.sha256[:8]}"
        seen = Inspected("svg" if original else image.format, image.width, image.height)
        row = KeptOriginal(Original(content_key, "call", kept.path, kept.sha256), kept, seen)
        self.database.submit(save_originals, row).result()
        delivery = Delivery(image.key, "recipe", f"prompt-{image.key}", content_key, delivered, None)
        self.database.submit(save_deliveries, delivery).result()
        return delivered.sha256

    def compete(self, key: str, *, prompt: str = "A lantern.", score: str = "8.25") -> None:
        """Hold a competition for an image that a second writer loses and a third is kept out of."""
        marks = (Mark(1, "relevance", Decimal("8.5"), "Named precisely.", "judge-1"),)
        scores = {"relevance": "8.5000"}
        winner = Candidate(0, "maker/one", prompt, "no text", "why", Decimal(score), scores, "", True, "w1", "judge-1",
                           Decimal("0.001"), "brand", None, marks)  # fmt: skip
        loser = Candidate(1, "maker/two", f"{prompt} Second.", "", "", Decimal("6.5"), {"relevance": "6.5000"},
                          "Too plain.", False, "w2", "judge-1", Decimal("0.001"))  # fmt: skip
        out = Candidate(2, "maker/three", "I cannot help.", "", "", None, {}, "", False, "w3", None, Decimal("0.001"),
                        None, "refusal: it says so")  # fmt: skip
        won = Winner(f"prompt-{key}", prompt, "no text", "maker/one", Decimal(score), (winner, loser, out), Decimal(0))
        self.database.submit(save_winners, (key, won)).result()

    def doubt(self, key: str, *, policy: Policy = Policy.REVIEW, further: tuple[StoredFile, ...] = ()) -> None:
        """Let an image fail one check and pass another."""
        failed = Check("palette", 21.5, "ΔE2000", 15, Bound.AT_MOST, False, policy, "its colours are not the theme's")
        passed = Check("size", 0, "px", 0, Bound.AT_MOST, True, Policy.REVIEW, "as wanted")
        self.database.submit(save_looks, Looked(key, "content", (failed, passed), 1, further)).result()

    def pay(self, key: str, usd: str, *, call_id: str, kind: str = "image") -> None:
        """Book a settled call."""
        now = utc_now()
        row = (
            *(
                call_id,
                "sandbox",
                "replicate",
                kind,
                "maker/model",
                key,
                key.partition(".")[0],
                "sample",
                call_id,
                "{}",
            ),
            *("{}", usd, ["total"], None, "me", "settled", "succeeded", usd, f"p-{call_id}", None, None, now, now),
        )
        self.run(lambda connection: insert(connection, "store.calls", [row]))

    def decided(
        self, key: str, decision: str, *, review_id: str, note: str | None = None, seen: str | None = None
    ) -> None:
        """Record a decision as the desk does."""
        row = (review_id, key.partition(".")[0], key, decision, note, "Grace", seen, utc_now(), "sandbox")
        columns = "(review_id, collection, image_key, decision, note, reviewer, seen_sha256, created_at, mode)"
        self.run(lambda connection: insert(connection, f"store.reviews {columns}", [row]))

    def run(self, operation: Callable[[Connection], Any]) -> Any:
        """Do something with the database."""
        return self.database.run(operation)

    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement."""
        rows: list[tuple[Any, ...]] = self.run(lambda connection: connection.execute(sql, list(values)).fetchall())
        return rows

    def path(self, sha256: str) -> Any:
        """Return where the file with a hash lies under the images."""
        ((stored,),) = self.execute("SELECT path FROM store.deliveries WHERE sha256 = $1", sha256)
        return self.project.paths.data / stored


def csrf_of(client: TestClient) -> str:
    """Return what the session's changes must carry, as its pages say it."""
    found = re.search(r'name="csrf-token" content="([0-9a-f]+)"', client.get("/").text)
    assert found
    return found[1]


def send(client: TestClient, path: str, **fields: str) -> Any:
    """Send a form as a page of ours would."""
    return client.post(path, data={"csrf": csrf_of(client)} | fields)


def send_json(client: TestClient, path: str, value: object) -> Any:
    """Send JSON as a script of ours would."""
    return client.post(path, json=value, headers={"X-CSRF-Token": csrf_of(client)})


@contextmanager
def reviewed(folder: FolderProject, images: tuple[WantedImage, ...] = IMAGES, **overrides: Any) -> Iterator[Reviewed]:
    """Open a project with wanted images, none of which is made."""
    project = folder.open(**overrides)
    with Database(project.paths.database) as database:
        Catalog(database).sync([Collection("test", EVIL, "t.yaml", "0", images)])
        one = Reviewed(project, database)
        one.execute("UPDATE store.images SET is_sample = false")  # tests say themselves what the sample is
        yield one


def fill(one: Reviewed) -> None:
    """Make all images but the anchor: judged, paid, doubted and decided about."""
    for image, colour in zip(IMAGES, ("teal", "red", "blue", "", "green", "", "orange"), strict=True):
        if image.key == DRAWN:
            one.make(image, "teal", original=SVG)
        elif image.key != ANCHOR:
            one.make(image, colour)
    one.compete(LANTERN)
    one.compete(EVIL_ONE, prompt=EVIL, score="4.5")
    one.doubt(LANTERN)
    one.doubt(BANNER, policy=Policy.WARN)
    one.pay(LANTERN, "0.04", call_id="c1")
    one.pay(LANTERN, "0.002", call_id="c2", kind="writer")
    one.pay(BANNER, "0.10", call_id="c3")
