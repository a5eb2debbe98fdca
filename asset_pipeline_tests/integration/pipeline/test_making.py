"""Images are made as the spec wants them, each dollar belongs to one, and only what is wanted is done."""

from decimal import Decimal

import pytest
from PIL import Image

from asset_pipeline.image_work import Asset
from asset_pipeline.images import Delivered
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.integration.pipeline.conftest import FIVE_TYPES
from asset_pipeline_tests.support.specs import spec_of

SIZES = {
    "house.icons.lantern": ("PNG", (64, 64)),
    "house.covers.harbour": ("WEBP", (1500, 400)),
    "house.textures.parchment": ("JPEG", (512, 512)),
    "house.letter_headers.orchard": ("PNG", (1920, 400)),
    "house.database_icons.ladder": ("PNG", (48, 48)),
}


@pytest.fixture
def made(house):
    """A house whose five images are made."""
    house.want(FIVE_TYPES)
    return house, house.make_all()


def test_five_images_of_five_types_are_made_exactly_as_wanted_and_every_dollar_belongs_to_one(made):
    house, delivered = made
    files = house.project.images()
    assert files.keys() == delivered.keys() == SIZES.keys()
    for key, path in files.items():
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == SIZES[key]
    assert house.bought("replicate") == 5
    assert house.bought("openrouter") == 15
    rows = house.project.rows("SELECT image_key, state, cost_usd, calls, held_usd FROM images")
    assert {row[0] for row in rows} == SIZES.keys()
    assert all(row[1] == "done" and row[2] > 0 and row[3] == 4 and row[4] == 0 for row in rows)
    assert sum(row[2] for row in rows) == house.spent
    assert house.project.rows("SELECT count(*) FROM calls WHERE state <> 'settled' OR run_id <> 'run-1'") == [(0,)]
    assert not list((house.project.root / "data").rglob("*.part"))


def test_every_image_keeps_all_its_candidates_with_scores_and_costs(made):
    house, _ = made
    rows = house.project.rows("SELECT image_key, count(*), sum(won::INT), min(score), min(cost_usd) FROM"
                              " prompt_candidates GROUP BY image_key")  # fmt: skip
    assert {row[0] for row in rows} == SIZES.keys()
    assert all(row[1:3] == (2, 1) and row[3] > 0 and row[4] > 0 for row in rows)


def test_every_file_is_audited_as_wanted_and_as_booked_with_the_images_whole_cost(house):
    house.want(FIVE_TYPES)
    results = house.make()
    audits = {key: one.audit for (key, asset), one in results.items() if asset is Asset.GENERATED_IMAGES}
    assert all(audit.is_as_wanted and audit.is_as_booked and not audit.problem for audit in audits.values())
    assert sum(audit.image_cost_usd for audit in audits.values()) == house.spent


def test_each_stage_names_what_the_stage_before_had_brought(house):
    house.want(spec_of(1))
    draft, winner, image = house.make().values()
    assert [one.asset for one in (draft, winner, image)] == list(Asset)
    assert (draft.input_key, winner.input_key) == (None, draft.payload.content_key)
    assert image.input_key == winner.payload.content_key


def test_prompts_alone_are_free_and_ask_nobody(house):
    house.want(FIVE_TYPES)
    results = house.make(assets=[Asset.PROMPTS])
    assert {asset for _, asset in results} == {Asset.PROMPTS}
    assert len(results) == 5
    assert house.spent == 0
    assert house.project.rows("SELECT count(*) FROM store.prompts") == [(5,)]


def test_an_image_without_its_prompt_is_a_clear_failure_that_names_the_command_and_costs_nothing(house):
    house.want(spec_of(1))
    failed = house.make_one(assets=[Asset.GENERATED_IMAGES])
    assert isinstance(failed, Failed)
    assert "test.icons.lantern has no orchestrated prompt" in failed.reason
    assert "--select orchestrated_prompts,generated_images --partition test.icons.lantern" in failed.reason
    assert house.spent == 0
    assert house.project.rows("SELECT state, reason FROM images") == [("failed", failed.reason)]


def test_prompts_that_were_made_before_are_used_when_images_alone_are_asked_for(house):
    house.want(spec_of(2))
    house.make(assets=[Asset.PROMPTS, Asset.ORCHESTRATED_PROMPTS])
    assert (house.bought("openrouter"), house.bought("replicate")) == (6, 0)
    results = house.make(assets=[Asset.GENERATED_IMAGES])
    assert all(isinstance(one.payload, Delivered) for one in results.values())
    assert (house.bought("openrouter"), house.bought("replicate")) == (6, 2)


def test_a_broken_master_prompt_fails_its_image_alone(house):
    house.want(spec_of(2) + '  - {type: icons, title: Broken, master_prompt: "{{ 1 / 0 }}"}\n')
    results = house.make()
    last = {key: one.payload for (key, _), one in results.items()}
    assert isinstance(last["test.icons.broken"], Failed)
    assert "ZeroDivisionError" in last["test.icons.broken"].reason
    assert house.project.images().keys() == {"test.icons.lantern", "test.icons.compass"}


def test_a_model_without_a_known_price_is_not_called(house):
    house.want(spec_of(1, extra=["types: {icons: {model: somebody/new}}"]))
    failed = house.make_one()
    assert failed.reason.startswith("no price is known for somebody/new, so it is not called")
    assert house.spent == 0


def test_where_the_budget_ends_images_wait_and_no_prompt_is_paid_for_nothing(house):
    house.want(spec_of(6))
    results = house.make(budget={"total_usd": "0.15"}, images={"in_flight": 2})
    last = {key: one.payload for (key, _), one in results.items()}
    done = [key for key, one in last.items() if isinstance(one, Delivered)]
    waiting = [one for one in last.values() if isinstance(one, Waiting)]
    assert 0 < len(done) < 6
    assert len(done) + len(waiting) == 6
    assert all(one.refused.scope == "total" and "budget set total" in one.reason for one in waiting)
    assert house.bought("openrouter") == 3 * len(done)
    assert house.spent <= Decimal("0.15") * Decimal("0.95")
    assert {row[0] for row in house.project.rows("SELECT image_key FROM images WHERE state = 'held'")} == (
        last.keys() - set(done)
    )


def test_the_contact_sheet_of_what_was_made_shows_all_of_it(made):
    house, _ = made
    (sheet,) = house.sheets("house", "house")
    page = sheet.page.read_text()
    assert "5 of 5 images" in page
    assert all(f'id="{key}"' in page and key.rpartition(".")[2].capitalize() in page for key in SIZES)
    with Image.open(sheet.picture) as picture:
        assert picture.width == 1600
