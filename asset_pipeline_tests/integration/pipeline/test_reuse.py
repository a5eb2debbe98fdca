"""What was paid for is used again: by the next run, by a reverted spec, by another image that wants the same."""

from decimal import Decimal

import pytest
from PIL import Image

from asset_pipeline.results import Failed
from asset_pipeline_tests.integration.pipeline.conftest import FIVE_TYPES
from asset_pipeline_tests.support.specs import spec_of

ONE = spec_of(1)
TWINS = """
collection: test
images:
  - {type: textures, title: Parchment, slug: one}
  - {type: textures, title: Parchment, slug: two}
"""
VARIANTS = """
collection: test
images:
  - {type: textures, title: Parchment, variants: 3, model: MODEL}
"""


def stored(house):
    """Return every finished file with its bytes and time of change."""
    return {key: (path.read_bytes(), path.stat().st_mtime_ns) for key, path in house.project.images().items()}


def test_running_again_costs_nothing_asks_for_nothing_and_gives_the_same_files(house):
    house.want(FIVE_TYPES)
    first = house.make_all()
    spent, files = house.spent, {key: data for key, (data, _) in stored(house).items()}
    second = house.make_all()
    assert (house.spent, house.bought("openrouter"), house.bought("replicate")) == (spent, 15, 5)
    assert {key: data for key, (data, _) in stored(house).items()} == files
    assert all(one.reused and one.cost_usd == 0 for one in second.values())
    assert {one.call_id for one in second.values()} == {one.call_id for one in first.values()}


def test_a_deleted_file_is_made_again_from_its_original_at_no_cost(house):
    house.want(ONE)
    house.make_all()
    ((key, path),) = house.project.images().items()
    before, spent = path.read_bytes(), house.spent
    path.unlink()
    delivered = house.make_all()[key]
    assert path.read_bytes() == before
    assert (delivered.reused, delivered.cost_usd, house.spent) == (True, 0, spent)


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")], ids=["gone", "changed"]
)
def test_an_original_that_is_gone_or_changed_is_a_clear_failure_and_is_not_bought_again_unasked(house, damage):
    house.want(ONE)
    (delivered,) = house.make_all().values()
    spent = house.spent
    damage(house.project.root / "data" / delivered.original)
    failed = house.make_one()
    assert isinstance(failed, Failed)
    assert delivered.original in failed.reason
    assert "paid for" in failed.reason
    assert house.spent == spent


def test_another_size_or_format_of_the_same_shape_is_cut_from_the_same_original(house):
    house.want(ONE)
    (first,) = house.make_all().values()
    spent = house.spent
    house.want(ONE.replace("type: icons", "type: icons, format: webp, model: recraft-ai/recraft-v3"))
    (second,) = house.make_all().values()
    ((_, path),) = house.project.images().items()
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (64, 64))
    assert (second.original, second.cost_usd, house.spent) == (first.original, 0, spent)


def test_editing_a_spec_pays_for_what_changed_and_reverting_it_costs_nothing(house):
    house.want(spec_of(2))
    house.make_all()
    before, first = house.spent, {key: data for key, (data, _) in stored(house).items()}
    house.want(spec_of(2).replace("title: Lantern", "title: Lantern, description: Seen from below"))
    house.make_all()
    edited = house.spent
    assert edited > before
    assert house.bought("replicate") == 3
    house.want(spec_of(2))
    house.make_all()
    assert house.spent == edited
    assert {key: data for key, (data, _) in stored(house).items()} == first


def test_two_images_that_want_the_same_thing_pay_once_and_both_are_made(house):
    house.want(TWINS)
    made = house.make_all()
    assert (house.bought("openrouter"), house.bought("replicate")) == (3, 1)
    assert len({one.original for one in made.values()}) == 1
    assert sorted(one.reused for one in made.values()) == [False, True]
    costs = [row[0] for row in house.project.rows("SELECT cost_usd FROM images ORDER BY cost_usd")]
    assert costs[0] < costs[1]
    assert sum(costs) == house.spent


@pytest.mark.parametrize("model", ["black-forest-labs/flux-schnell", "recraft-ai/recraft-v3"])
def test_variants_share_a_prompt_and_pay_for_a_picture_each(house, model):
    house.want(VARIANTS.replace("MODEL", model))
    made = house.make_all()
    assert (house.bought("openrouter"), house.bought("replicate")) == (3, 3)
    assert len({one.content_key for one in made.values()}) == len({one.call_id for one in made.values()}) == 3
    assert not any(one.reused for one in made.values())
    assert house.spent > 0


def test_in_template_mode_nobody_is_asked_for_a_prompt(house):
    house.want(ONE)
    house.make_all(prompts={"mode": "template"})
    assert (house.bought("openrouter"), house.bought("replicate")) == (0, 1)
    assert house.spent == Decimal("0.04")


def test_what_a_competition_won_is_not_what_the_template_gives(house):
    house.want(ONE)
    (written,) = house.make_all().values()
    (template,) = house.make_all(prompts={"mode": "template"}).values()
    assert written.content_key != template.content_key
    assert house.bought("replicate") == 2
