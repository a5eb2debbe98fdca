"""Originals and deliveries in the database: the first original stays, the last delivery counts."""

from dataclasses import replace

import pytest

from asset_pipeline.images.files import StoredFile
from asset_pipeline.images.inspect import Inspected
from asset_pipeline.images.store import (
    Delivery,
    KeptOriginal,
    Original,
    read_deliveries,
    read_originals,
    save_deliveries,
    save_originals,
)
from asset_pipeline.ledger import Database, migrations
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline.specs.catalog import STATES
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.wanted import wanted

STEPS = list(migrations.steps())
OLD_ORIGINAL = (
    "INSERT INTO store.originals VALUES"
    " ('k', 'c1', 'originals/c1.png', 'c1c1', 7, 4, 3, 'png', TIMESTAMP '2026-01-01 00:00:00')"
)


@pytest.fixture
def database(tmp_path):
    """A database that wants a lantern and an anchor."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as one:
        Catalog(one).sync([Collection("test", "Test", "t.yaml", "0", (wanted(), wanted(slug="anchor")))])
        yield one


def original(key, call_id):
    """Return an original as it lies on the disk."""
    file = StoredFile(f"originals/{call_id}.png", call_id * 2, 7)
    return KeptOriginal(Original(key, call_id, file.path, file.sha256), file, Inspected("png", 4, 3))


def delivery(slug, content_key):
    """Return a finished file."""
    file = StoredFile(f"images/test/icons/{slug}.png", content_key * 2, 9)
    return Delivery(f"test.icons.{slug}", "recipe", "prompt", content_key, file, None)


def test_the_first_original_of_a_content_key_stays_within_a_batch_and_across(database):
    database.run(lambda c: save_originals(c, [original("k", "c1"), original("k", "c2"), original("m", "c3")]))
    database.run(lambda c: save_originals(c, [original("k", "c4")]))
    kept = database.run(lambda c: read_originals(c, ["k", "m", "other"]))
    assert kept == {"k": original("k", "c1").original, "m": original("m", "c3").original}


def test_the_version_that_made_an_original_is_kept_with_it(database):
    known = original("k", "c1")
    known = replace(known, original=replace(known.original, model="maker/model", model_version="hidden"))
    database.run(lambda c: save_originals(c, [known, original("m", "c2")]))
    kept = database.run(lambda c: read_originals(c, ["k", "m"]))
    assert {key: (one.model, one.model_version) for key, one in kept.items()} == {
        "k": ("maker/model", "hidden"),
        "m": (None, None),
    }


def test_originals_from_before_versions_were_recorded_are_still_there_and_name_none(tmp_path, monkeypatch):
    path = tmp_path / "pipeline.duckdb"
    with monkeypatch.context() as older:
        older.setattr(migrations, "steps", lambda: (step for step in STEPS if step[0] < 5))
        with Database(path) as database:
            database.run(lambda c: c.execute(OLD_ORIGINAL))
    with Database(path) as database:
        kept = database.run(lambda c: read_originals(c, ["k"]))
        database.run(lambda c: save_originals(c, [original("m", "c2")]))
        assert database.run(lambda c: read_originals(c, ["m"]))["m"].call_id == "c2"
    assert kept == {"k": Original("k", "c1", "originals/c1.png", "c1c1")}


def test_the_last_delivery_of_an_image_counts_and_makes_it_done(database):
    database.run(lambda c: save_deliveries(c, [delivery("lantern", "one"), delivery("lantern", "two")]))
    database.run(lambda c: save_deliveries(c, [delivery("lantern", "three")]))
    found = database.run(lambda c: read_deliveries(c, ["test.icons.lantern", "test.icons.anchor"]))
    assert found == {"test.icons.lantern": delivery("lantern", "three")}
    states = {key: row.state for key, row in Catalog(database).images().items()}
    assert states == {"test.icons.lantern": "done", "test.icons.anchor": "missing"}


def test_a_delivery_does_not_bring_a_retired_image_back(database):
    Catalog(database).sync([Collection("test", "Test", "t.yaml", "1", (wanted(),))])
    database.run(lambda c: save_deliveries(c, [delivery("anchor", "late")]))
    assert Catalog(database).count_by_state() == dict.fromkeys(STATES, 0) | {"missing": 1, "retired": 1}
