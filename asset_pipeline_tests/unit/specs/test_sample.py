"""The sample: the same few images in every process, and of every type and role before twice of any."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.specs import Catalog, Collection
from asset_pipeline.specs.sample import choose_sample
from asset_pipeline.specs.wanted import ImageType
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.wanted import wanted

TYPES = [str(one) for one in ImageType]


@st.composite
def collections(draw):
    """Images of several types and roles, each with a slug of its own."""
    facts = draw(st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from([None, "executor", "heir"])), max_size=60))
    return [wanted(slug=f"image-{n}", type=kind, role=role) for n, (kind, role) in enumerate(facts)]


@given(collections(), st.integers(1, 80), st.randoms(use_true_random=False))
def test_the_sample_has_its_size_is_in_the_specs_order_and_does_not_depend_on_it(images, size, random):
    sample = choose_sample(images, size)
    assert len(sample) == len(set(sample)) == min(size, len(images))
    assert list(sample) == [image.key for image in images if image.key in sample]
    mixed = random.sample(images, len(images))
    by_type = {image.type for image in images}
    if len({(image.type, image.role) for image in images}) == 1 or size >= len(images):
        assert set(choose_sample(mixed, size)) == set(sample)
    assert len({key.split(".")[1] for key in sample}) == min(len(by_type), len(sample))


@given(collections(), st.integers(1, 80))
def test_no_pair_of_type_and_role_is_seen_twice_before_all_have_been_seen_once(images, size):
    pairs = {image.key: (image.type, image.role) for image in images}
    sample = choose_sample(images, size)
    seen, there = Counter(pairs[key] for key in sample), Counter(pairs.values())
    for pair, count in there.items():
        for other in there:
            assert seen[pair] + 1 >= min(seen[other], count)


@given(collections(), st.integers(1, 20))
def test_a_new_image_changes_at_most_one_other_place_of_the_sample(images, size):
    before = set(choose_sample(images, size))
    after = set(choose_sample([*images, wanted(slug="newcomer", type="icons")], size))
    assert len(before - after) <= (1 if any(image.type == "icons" and image.role is None for image in images) else 99)


def test_a_sync_records_the_sample_and_a_change_of_its_size_counts_at_once(tmp_path):
    from asset_pipeline.ledger import Database

    images = tuple(wanted(slug=f"image-{n}") for n in range(6))
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as database:
        for size in (2, 5):
            Catalog(database).sync([Collection("test", "Test", "t.yaml", str(size), images, sample=size)])
            rows = database.run(
                lambda c: c.execute("SELECT image_key FROM store.images WHERE is_sample ORDER BY position").fetchall()
            )
            assert [key for (key,) in rows] == list(choose_sample(images, size))
