"""One partition per image: ranges that cover what is wanted, and partitions that follow the catalog."""

from itertools import pairwise

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.defs.partitions import NAME, PartitionChange, apply_to_instance, blocks, image_partitions
from asset_pipeline.ledger import Database
from asset_pipeline.specs import Catalog, load_specs
from asset_pipeline_tests.support.specs import spec_of

KEYS = st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=30)


@st.composite
def orders_and_wishes(draw):
    """An order of keys, some that are wanted, and some others that may be gone over again."""
    order = draw(KEYS)
    wanted = {key for key in order if draw(st.booleans())}
    also = {key for key in order if draw(st.booleans())}
    return order, wanted, also


def expanded(order, ranges):
    """Return the keys of each range, as Dagster expands it."""
    return [order[order.index(first) : order.index(last) + 1] for first, last in ranges]


@given(orders_and_wishes())
def test_ranges_cover_every_wanted_key_once_and_nothing_that_is_not_allowed(case):
    order, wanted, also = case
    covered = [key for keys in expanded(order, blocks(order, wanted, also)) for key in keys]
    assert len(covered) == len(set(covered))
    assert wanted <= set(covered) <= wanted | also


@given(orders_and_wishes())
def test_ranges_begin_and_end_on_wanted_keys_so_that_nothing_is_done_again_for_no_reason(case):
    order, wanted, also = case
    for first, last in blocks(order, wanted, also):
        assert {first, last} <= wanted


@given(orders_and_wishes())
def test_no_two_ranges_could_be_one(case):
    order, wanted, also = case
    ranges = expanded(order, blocks(order, wanted, also))
    for before, after in pairwise(ranges):
        between = order[order.index(before[-1]) + 1 : order.index(after[0])]
        assert set(between) - wanted - also


@given(KEYS, st.sets(st.text("xyz", min_size=1)))
def test_keys_that_dagster_does_not_know_are_in_no_range(order, unknown):
    assert list(blocks(order, unknown)) == []


@pytest.fixture
def synced(home):
    """Take a spec of so many images into the catalog, and return the catalog."""
    with Database(home.root / "data" / "pipeline.duckdb") as database:
        catalog = Catalog(database)

        def sync(count):
            loaded = load_specs([home.spec(spec_of(count))], root=home.root, max_file_mb=1)
            catalog.sync(loaded.collections)
            return catalog

        yield sync


def test_partitions_follow_the_catalog_in_the_order_of_the_spec(instance, synced):
    keys = ("test.icons.lantern", "test.icons.compass", "test.icons.anchor")
    assert apply_to_instance(instance, synced(3)) == PartitionChange(add=keys, delete=())
    assert tuple(instance.get_dynamic_partitions(NAME)) == keys
    assert apply_to_instance(instance, synced(3)) == PartitionChange(add=(), delete=())


def test_an_image_that_is_not_wanted_any_more_loses_its_partition_and_gets_it_back_when_it_is(instance, synced):
    apply_to_instance(instance, synced(3))
    gone = "test.icons.anchor"
    assert apply_to_instance(instance, synced(2)) == PartitionChange(add=(), delete=(gone,))
    assert not instance.has_dynamic_partition(NAME, gone)
    assert apply_to_instance(instance, synced(3)) == PartitionChange(add=(gone,), delete=())
    assert instance.has_dynamic_partition(NAME, gone)


def test_a_partition_that_the_catalog_does_not_know_is_removed(instance, synced):
    apply_to_instance(instance, synced(2))
    instance.add_dynamic_partitions(NAME, ["test.icons.ghost"])
    assert apply_to_instance(instance, synced(2)) == PartitionChange(add=(), delete=("test.icons.ghost",))
    assert list(instance.get_dynamic_partitions(NAME)) == ["test.icons.lantern", "test.icons.compass"]


def test_an_unknown_key_says_how_images_become_known(instance):
    with (
        dg.partition_loading_context(dynamic_partitions_store=instance) as context,
        pytest.raises(Exception, match=r"'a\.icons\.b' is not known .* `asset-pipeline sync`"),
    ):
        image_partitions.validate_partition_key("a.icons.b", context=context)
