"""A collection that was made and paid for, with its files, its rows and its manifest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from asset_pipeline.images.files import FileStore
from asset_pipeline.images.inspect import Inspected
from asset_pipeline.images.store import Delivery, KeptOriginal, Original, save_deliveries, save_originals
from asset_pipeline.ledger import Database, Held, Ledger, State
from asset_pipeline.paths import Paths
from asset_pipeline.prompts import Candidate, Winner
from asset_pipeline.prompts.store import save_winners
from asset_pipeline.provenance.books import write_manifest
from asset_pipeline.provenance.manifest import Manifest
from asset_pipeline.specs import Catalog, Collection, WantedImage
from asset_pipeline_tests.support.ledgers import intent_for, new_ledger, open_ledger, take, wait_for
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.provenance.support import encoded, provenance

LANTERN = wanted()
BANNER = wanted(slug="banner", title="Bänner & Co", type="covers", width=96, height=96, format="webp")
COMPASS = wanted(slug="compass", title="Compass")  # wanted, paid for, and not made


@dataclass
class Shelf:
    """A project with one collection, `test`.

    Args:
        paths: Its places.
        database: Its rows.
        ledger: Its money.
    """

    paths: Paths
    database: Database
    ledger: Ledger

    @property
    def folder(self) -> Path:
        """The collection's folder."""
        return self.paths.images / "test"

    def want(self, *images: WantedImage, title: str = "A test") -> None:
        """Take the collection into the catalog."""
        Catalog(self.database).sync([Collection("test", title, "t.yaml", "0", images)])

    def pay(self, image: WantedImage, kind: str, usd: str, *, content_key: str, model: str) -> str:
        """Make a call for an image, settle it, and return its id."""
        details = {"kind": kind, "image_key": image.key, "model": model}
        held = wait_for(lambda: self.ledger.hold(intent_for(content_key, usd, **details)))
        assert isinstance(held, Held)
        take(self.ledger, held.call_id, State.SUBMITTED, provider_call_id=f"p-{content_key}")
        take(self.ledger, held.call_id, State.SETTLED, cost_usd=Decimal(usd))
        return held.call_id

    def compete(self, image: WantedImage) -> str:
        """Have an image's prompt written and judged, and return its key."""
        key = f"prompt-{image.slug}"
        writers = [self.pay(image, "writer", "0.001", content_key=f"{key}-{n}", model=f"writer/{n}") for n in (0, 1)]
        judge = self.pay(image, "judge", "0.002", content_key=f"{key}-judge", model="the/judge")
        first = Candidate(0, "writer/0", "a", "", "", None, {}, "", False, writers[0], judge, Decimal(0))
        won = replace(first, position=1, model="writer/1", won=True, writer_call_id=writers[1])
        winner = Winner(key, "a", "", "writer/1", None, (first, won), Decimal(0))
        self.database.submit(save_winners, (image.key, winner)).result()
        return key

    def buy(self, image: WantedImage) -> Original:
        """Buy an image's original, and return it."""
        files, content_key = FileStore(self.paths), f"content-{image.slug}"
        call_id = self.pay(image, "image", "0.04", content_key=content_key, model=image.model)
        part = files.part_of(f"the original of {image.key}".encode())
        kept = files.keep_original(part, format="png")
        original = Original(content_key, call_id, kept.path, kept.sha256, image.model, "hidden")
        seen = Inspected("png", 1024, 1024)
        self.database.submit(save_originals, KeptOriginal(original, kept, seen)).result()
        return original

    def deliver(self, image: WantedImage, original: Original, prompt_key: str, **said: object) -> None:
        """Finish an image and deliver it; its metadata may say something else."""
        says = {"image_key": image.key, "content_key": original.content_key, "call_id": original.call_id} | said
        data = encoded(image.format, provenance(**says), size=image.width)
        file = FileStore(self.paths).deliver(image, data)
        delivery = Delivery(image.key, "recipe", prompt_key, original.content_key, file, "run-1")
        self.database.submit(save_deliveries, delivery).result()

    def write(self) -> Path:
        """Write the manifest."""
        return write_manifest(self.database, self.paths, "test")

    def manifest(self) -> Manifest:
        """Return the manifest as it lies there."""
        return Manifest.model_validate_json((self.folder / "manifest.json").read_bytes())

    def rewrite(self, **changes: object) -> None:
        """Change what the manifest says."""
        changed = self.manifest().model_copy(update=changes)
        (self.folder / "manifest.json").write_bytes(changed.encoded())


@contextmanager
def opened(root: Path) -> Iterator[Shelf]:
    """Open the project in a folder."""
    paths = Paths(root=root, data=root / "data", specs=root / "specs")
    with Database(new_ledger(paths.database)) as database:
        yield Shelf(paths, database, open_ledger(database))


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Shelf]:
    """A project in which nothing is wanted yet."""
    with opened(tmp_path) as shelf:
        yield shelf


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a collection of three wanted images, of which two are there; the third was paid for in vain."""
    root = tmp_path_factory.mktemp("made")
    with opened(root) as shelf:
        shelf.want(LANTERN, BANNER, COMPASS)
        for image in (LANTERN, BANNER):
            prompt_key = shelf.compete(image)
            shelf.deliver(image, shelf.buy(image), prompt_key)
        shelf.pay(COMPASS, "image", "0.04", content_key="lost-compass", model=COMPASS.model)
        shelf.write()
    return root


@pytest.fixture
def shelf(made: Path, tmp_path: Path) -> Iterator[Shelf]:
    """That collection, for one test to do with as it likes."""
    shutil.copytree(made, tmp_path / "project")
    with opened(tmp_path / "project") as shelf:
        yield shelf
