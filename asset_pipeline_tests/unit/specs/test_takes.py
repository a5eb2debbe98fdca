"""Takes: an image that a person wants anew is another thing to buy, and the same wish of its spec."""

import pytest

from asset_pipeline.decisions import Kind
from asset_pipeline.images.quotes import image_content_key
from asset_pipeline.ledger import Database
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline.specs.takes import with_takes
from asset_pipeline.specs.wanted import canonical_sha256
from asset_pipeline_tests.support.decisions import decide
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.wanted import wanted

LANTERN, ANCHOR = "test.icons.lantern", "test.icons.anchor"
SPEC = Collection("test", "Test", "t.yaml", "0", (wanted(), wanted(slug="anchor")))


@pytest.fixture
def database(tmp_path):
    """A database that wants a lantern and an anchor."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as one:
        Catalog(one).sync([SPEC])
        yield one


def want(database, *keys, note=None):
    """Want images anew, as the catalog has them."""
    decide(database, Kind.REGENERATE, *keys, note=note or "", reviewer="ada")


def takes(database):
    """Return the take that is wanted of each image."""
    return {key: row.wanted.take for key, row in Catalog(database).images().items()}


def test_the_first_take_is_wanted_until_somebody_wants_another(database):
    assert takes(database) == {LANTERN: 1, ANCHOR: 1}
    want(database, LANTERN)
    assert takes(database) == {LANTERN: 2, ANCHOR: 1}
    want(database, LANTERN, ANCHOR)
    assert takes(database) == {LANTERN: 3, ANCHOR: 2}


def test_images_from_a_spec_get_the_take_that_is_wanted_in_their_order_and_nothing_else_changes(database):
    want(database, LANTERN)
    images = [wanted(slug="stranger"), wanted(slug="anchor"), wanted()]
    found = database.run(lambda connection: with_takes(connection, images))
    assert found == [images[0], images[1], images[2].model_copy(update={"take": 2})]
    assert database.run(lambda connection: with_takes(connection, [])) == []


def test_an_image_that_is_wanted_anew_is_missing_and_says_so_and_the_others_are_as_they_were(database):
    catalog = Catalog(database)
    database.run(lambda c: c.execute("UPDATE store.images SET state = 'done'"))
    want(database, LANTERN)
    states = {key: (row.state, row.reason) for key, row in catalog.images().items()}
    assert states == {LANTERN: ("missing", "to be made anew"), ANCHOR: ("done", None)}


def test_who_wanted_an_image_anew_and_why_is_kept(database):
    want(database, LANTERN, note="too busy")
    want(database, LANTERN, ANCHOR)
    rows = database.run(
        lambda c: c.execute("SELECT image_key, collection, decision, note, reviewer FROM reviews").fetchall()
    )
    assert sorted(rows, key=str) == sorted(
        [
            (LANTERN, "test", "regenerate", "too busy", "ada"),
            (LANTERN, "test", "regenerate", None, "ada"),
            (ANCHOR, "test", "regenerate", None, "ada"),
        ],
        key=str,
    )


def test_a_take_is_no_part_of_what_the_spec_wants_so_a_sync_changes_nothing(database):
    want(database, LANTERN)
    assert Catalog(database).images()[LANTERN].wanted.sha256 == wanted().sha256
    (change,) = Catalog(database).sync([SPEC]).changes
    assert (change.added, change.changed, change.retired, change.unchanged) == ((), (), (), 2)
    assert takes(database) == {LANTERN: 2, ANCHOR: 1}


def test_a_take_outlives_a_change_of_the_spec(database):
    want(database, LANTERN)
    Catalog(database).sync([Collection("test", "Test", "t.yaml", "1", (wanted(title="A new lantern"),))])
    assert takes(database) == {LANTERN: 2}


def test_each_take_is_another_thing_to_buy_and_the_first_is_what_it_was_before_there_were_takes():
    first, second, third = (
        image_content_key(wanted(take=take), {"prompt": "a lantern"}, mode="sandbox") for take in (1, 2, 3)
    )
    assert len({first, second, third}) == 3
    before = {"stage": "image", "mode": "sandbox", "model": wanted().model, "input": {"prompt": "a lantern"}}
    assert first == canonical_sha256(before | {"variant": 1})
