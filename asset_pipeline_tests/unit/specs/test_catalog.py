"""The catalog: a sync touches only what differs, retires instead of deleting, and counts every change."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asset_pipeline.ledger import Database
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.prompts.store import save_drafts
from asset_pipeline.specs import Catalog, Collection, ImageType, Theme, WantedImage
from asset_pipeline.specs.catalog import HELD, MISSING, RETIRED
from asset_pipeline.specs.wanted import canonical_sha256

names = (f"c{number}" for number in itertools.count())


def wanted(collection, slug, title="A"):
    return WantedImage(
        key=f"{collection}.icons.{slug}", collection=collection, type=ImageType.ICONS, slug=slug, title=title,
        model="a/b", width=64, height=64, format="png", theme=Theme(style=("fine",)),
    )  # fmt: skip


def collection_of(name, wishes):
    """Return a collection from titles by slug."""
    images = tuple(wanted(name, slug, title) for slug, title in wishes.items())
    return Collection(name, name, f"{name}.yaml", canonical_sha256(sorted(wishes.items())), images)


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Iterator[Database]:
    """A database of all tests here; each has a collection of its own."""
    with Database(tmp_path_factory.mktemp("catalog") / "pipeline.duckdb") as one:
        yield one


@pytest.fixture(scope="module")
def catalog(database):
    return Catalog(database)


def sync(catalog, name, wishes):
    """Sync one collection and return what changed, with slugs for keys."""
    (change,) = catalog.sync([collection_of(name, wishes)]).changes
    slugs = [[key.rpartition(".")[2] for key in keys] for keys in (change.added, change.changed, change.retired)]
    return (*slugs, change.unchanged, change.revision)


def rows(database, name):
    """Return everything the catalog keeps of a collection, by slug."""
    found = database.run(
        lambda connection: connection.execute(
            "SELECT image_key, * FROM store.images WHERE collection = $1 ORDER BY image_key", [name]
        ).fetchall()
    )
    return {row[0].rpartition(".")[2]: row[1:] for row in found}


def created_at(database, key):
    """Return when an image was first wanted."""
    return database.run(
        lambda connection: connection.execute(
            "SELECT created_at FROM main.images WHERE image_key = $1", [key]
        ).fetchone()
    )


def test_a_first_sync_adds_all_images_in_the_order_of_the_spec(catalog):
    name = next(names)
    assert sync(catalog, name, {"z": "Z", "a": "A"}) == (["z", "a"], [], [], 0, 1)
    images = catalog.images(collection=name)
    assert list(images) == [f"{name}.icons.z", f"{name}.icons.a"]
    assert {row.state for row in images.values()} == {MISSING}
    assert images[f"{name}.icons.a"].wanted == wanted(name, "a", "A")


def test_a_second_sync_of_the_same_spec_changes_no_row_and_no_revision(catalog, database):
    name = next(names)
    sync(catalog, name, {"a": "A", "b": "B"})
    before = rows(database, name)
    assert sync(catalog, name, {"a": "A", "b": "B"}) == ([], [], [], 2, 1)
    assert rows(database, name) == before


def test_a_changed_spec_touches_only_the_rows_that_differ(catalog, database):
    name = next(names)
    sync(catalog, name, {"keep": "K", "edit": "E", "drop": "D"})
    before = rows(database, name)
    assert sync(catalog, name, {"keep": "K", "edit": "Other", "new": "N"}) == (["new"], ["edit"], ["drop"], 1, 2)
    after = rows(database, name)
    assert after["keep"] == before["keep"]
    assert after["edit"] != before["edit"]
    assert set(after) == {"keep", "edit", "drop", "new"}


def test_only_a_change_takes_an_image_out_of_the_state_it_is_in(catalog):
    name = next(names)
    sync(catalog, name, {"a": "A", "b": "B"})
    key_a, key_b = (f"{name}.icons.{slug}" for slug in "ab")
    held = dict.fromkeys((key_a, key_b), (HELD, "the budget is used up"))
    asyncio.run(catalog.mark(held))
    sync(catalog, name, {"a": "A", "b": "Other"})
    images = catalog.images(collection=name)
    assert (images[key_a].state, images[key_a].reason) == (HELD, "the budget is used up")
    assert (images[key_b].state, images[key_b].reason) == (MISSING, None)


def test_another_order_moves_images_without_changing_any(catalog):
    name = next(names)
    sync(catalog, name, {"a": "A", "b": "B"})
    assert sync(catalog, name, {"b": "B", "a": "A"}) == ([], [], [], 2, 1)
    assert list(catalog.images(collection=name)) == [f"{name}.icons.b", f"{name}.icons.a"]


def test_a_retired_image_keeps_its_row_and_its_history(catalog, database):
    name = next(names)
    sync(catalog, name, {"a": "A", "b": "B"})
    key = f"{name}.icons.b"
    draft = PromptRenderer().render(wanted(name, "b", "B"))
    database.run(lambda connection: save_drafts(connection, [(key, draft)]))
    assert sync(catalog, name, {"a": "A"}) == ([], [], ["b"], 1, 2)
    assert list(catalog.images(collection=name)) == [f"{name}.icons.a"]
    assert key in catalog.keys()[1]
    assert key not in catalog.keys()[0]
    state, prompt = database.run(
        lambda connection: connection.execute(
            "SELECT i.state, p.prompt FROM main.images i JOIN store.prompts p USING (image_key) WHERE image_key = $1",
            [key],
        ).fetchone()
    )
    assert (state, prompt) == (RETIRED, draft.text)


def test_a_retired_image_that_is_wanted_again_is_added_and_keeps_its_birthday(catalog, database):
    name = next(names)
    sync(catalog, name, {"a": "A", "b": "B"})
    born = created_at(database, f"{name}.icons.b")
    sync(catalog, name, {"a": "A"})
    assert sync(catalog, name, {"a": "A", "b": "B"}) == (["b"], [], [], 1, 3)
    assert created_at(database, f"{name}.icons.b") == born
    assert catalog.images(collection=name)[f"{name}.icons.b"].state == MISSING


def test_a_reverted_spec_is_a_new_revision(catalog):
    name = next(names)
    sync(catalog, name, {"a": "A"})
    first = catalog.revisions()[name]
    sync(catalog, name, {"a": "Other"})
    assert sync(catalog, name, {"a": "A"}) == ([], ["a"], [], 0, 3)
    sha256, revision = catalog.revisions()[name]
    assert sha256 == first[0]
    assert revision > first[1]


def test_one_collection_never_touches_another(catalog, database):
    name, other = next(names), next(names)
    sync(catalog, name, {"a": "A", "b": "B"})
    before = rows(database, name)
    sync(catalog, other, {"a": "Other"})
    catalog.retire_collections([other])
    assert rows(database, name) == before


def test_a_collection_whose_spec_is_gone_is_retired_as_a_whole(catalog):
    name = next(names)
    sync(catalog, name, {"a": "A", "b": "B"})
    assert catalog.collection_files()[name] == f"{name}.yaml"
    (change,) = catalog.retire_collections([name]).changes
    assert change.retired == (f"{name}.icons.a", f"{name}.icons.b")
    assert change.revision == 2
    assert catalog.images(collection=name) == {}
    assert name not in catalog.collection_files()
    assert sync(catalog, name, {"a": "A", "b": "B"}) == (["a", "b"], [], [], 0, 3)


def test_images_can_be_asked_for_by_key_and_unknown_ones_are_left_out(catalog):
    name = next(names)
    sync(catalog, name, {"a": "A", "b": "B"})
    assert list(catalog.images([f"{name}.icons.b", f"{name}.icons.nope"])) == [f"{name}.icons.b"]
    assert catalog.images([]) == {}


wishes = st.builds(
    lambda slugs, titles: dict(zip(slugs, titles, strict=False)),
    st.permutations("abcdef"),
    st.lists(st.sampled_from("AB"), max_size=5),
)


@settings(max_examples=20, deadline=None)
@given(history=st.lists(wishes, min_size=1, max_size=5))
def test_through_any_history_of_a_spec_each_sync_splits_the_keys_and_is_idempotent(catalog, database, history):
    name = next(names)
    ever, active, revision = set(), {}, 0
    for now in history:
        added, changed, retired, unchanged, revised = sync(catalog, name, now)
        assert set(added) == now.keys() - active.keys()
        assert set(changed) == {slug for slug in now.keys() & active.keys() if now[slug] != active[slug]}
        assert set(retired) == active.keys() - now.keys()
        assert unchanged == len(now) - len(added) - len(changed)
        assert revised == revision + bool(added or changed or retired)
        stored = rows(database, name)
        ever, active, revision = ever | now.keys(), now, revised
        assert sync(catalog, name, now) == ([], [], [], len(now), revision)
        assert rows(database, name) == stored
        assert stored.keys() == ever
        assert [row.wanted for row in catalog.images(collection=name).values()] == [
            wanted(name, slug, title) for slug, title in now.items()
        ]
