"""A language model looks at finished pictures: paid once per picture through the ledger, and never a must."""

import asyncio
from contextlib import aclosing
from decimal import Decimal

import pytest

from asset_pipeline.image_work import Asset
from asset_pipeline.images import Delivered
from asset_pipeline.images.vision import VisionJudge
from asset_pipeline.ledger import Database
from asset_pipeline.planning import Planner
from asset_pipeline.services import open_pipeline
from asset_pipeline.specs import require_specs
from asset_pipeline.specs.states import FAILED
from asset_pipeline.used_models import used_models
from asset_pipeline_tests.support.specs import spec_of

PRICE = Decimal("0.04")
MODEL = "google/gemini-3.5-flash-lite"
TEMPLATE = {"mode": "template"}
BLANK = {"fault": "blank", "on": "predictions"}
ASKED = "SELECT image_key, model, state, outcome FROM calls WHERE kind = 'vision' ORDER BY created_at"
SEEN = "SELECT image_key, value, threshold, passed, policy, text FROM checks WHERE name = 'vision' ORDER BY 1"
# What the free checks would have bought again, so that only the model's word counts.
BLIND = {name: {"enabled": False} for name in ("content", "spread", "symbol_contrast", "detail")}


@pytest.fixture
def one(house):
    """A house that wants one image."""
    house.want(spec_of(1))
    return house


def seeing(settings, **vision):
    """Return settings under which pictures are looked at."""
    rule = {"enabled": True} | vision
    return {"prompts": TEMPLATE} | settings | {"checks": settings.get("checks", {}) | {"vision": rule}}


def make(house, vision=None, **settings):
    return house.make_one(**seeing(settings, **(vision or {})))


def seen(made):
    return next((check for check in made.checks if check.name == "vision"), None)


def test_nobody_looks_and_nothing_is_asked_unless_that_is_wanted(one):
    made = one.make_one(prompts=TEMPLATE)
    assert seen(made) is None
    assert one.project.rows(ASKED) == one.project.rows(SEEN) == []
    assert one.bought("openrouter") == 0


def test_every_picture_is_looked_at_once_and_the_look_is_booked_on_its_image_and_kept(house):
    house.want(spec_of(3))
    made = house.make_all(**seeing({}))
    assert sorted(house.project.rows(ASKED)) == [(key, MODEL, "settled", "succeeded") for key in sorted(made)]
    assert house.bought("openrouter") == 3
    assert 3 * PRICE < house.spent < 3 * (PRICE + Decimal("0.001"))
    rows = house.project.rows(SEEN)
    assert [row[0] for row in rows] == sorted(made)
    assert all(7 <= row[1] <= 9.5 and row[2] == 6 and row[3] and "A picture of 64 by 64" in row[5] for row in rows)
    assert all(seen(one).value == row[1] for row, (_, one) in zip(rows, sorted(made.items()), strict=True))


def test_the_journal_keeps_the_hash_of_what_was_sent_and_not_the_picture(one):
    make(one)
    ((request,),) = one.project.rows("SELECT request FROM store.calls WHERE kind = 'vision'")
    assert '"sha256"' in request
    assert "base64" not in request
    assert len(request) < 4_000
    tables = one.project.rows("SELECT table_schema || '.' || table_name FROM information_schema.tables"
                              " WHERE table_type = 'BASE TABLE'")  # fmt: skip
    for (table,) in tables:
        assert one.project.rows(f"SELECT count(*) FROM {table} t WHERE t::VARCHAR LIKE '%data:image%'") == [(0,)]


def test_its_hold_covers_the_most_tokens_that_a_picture_may_take(house):
    house.want(spec_of(2).replace("Compass", "Kompass"))  # whose words are of equal length
    for key, tokens in (("test.icons.lantern", 40_000), ("test.icons.kompass", 140_000)):
        house.make([key], **seeing({}, image_tokens=tokens))
    (small,), (large,) = house.project.rows("SELECT worst_usd FROM store.calls WHERE kind = 'vision' ORDER BY 1")
    assert small > 40_000 * Decimal("0.0000003")
    assert large - small == 100_000 * Decimal("0.0000003")


def test_a_bad_picture_is_bought_again_once_where_that_is_the_policy(one, sandbox):
    sandbox.script(BLANK)
    made = make(one, {"policy": "rebuy"}, checks=BLIND, images={"rebuys": 1})
    assert seen(made).passed
    assert (one.bought("replicate"), one.bought("openrouter")) == (2, 2)
    assert len(one.project.rows(SEEN)) == 1


def test_a_bad_picture_is_delivered_with_what_is_wrong_where_a_person_is_to_look(one, sandbox):
    sandbox.script(BLANK)
    made = make(one, checks=BLIND)
    assert (seen(made).value, seen(made).passed) == (1, False)
    assert "one flat colour" in seen(made).text
    assert (one.bought("replicate"), one.bought("openrouter")) == (1, 1)


def test_one_that_never_gets_better_is_delivered_and_its_look_is_kept(one, sandbox):
    sandbox.script(BLANK | {"times": 0})
    made = make(one, {"policy": "rebuy"}, checks=BLIND, images={"rebuys": 1})
    assert seen(made).value == 1
    assert one.bought("replicate") == 2


@pytest.mark.parametrize("is_gone", [False, True])
def test_the_same_picture_is_never_paid_twice_though_its_file_is_gone(one, is_gone):
    made = make(one)
    if is_gone:
        (file,) = one.project.images().values()
        file.unlink()
    spent = one.spent
    again = make(one)
    assert seen(again) == seen(made)
    assert (one.spent, one.bought("openrouter")) == (spent, 1)
    assert len(one.project.rows(SEEN)) == 1


def test_what_was_looked_at_needs_no_money_though_the_budget_is_used_up(one):
    make(one)
    (file,) = one.project.images().values()
    file.unlink()
    again = make(one, budget={"sample_usd": str(one.spent)})
    assert seen(again).passed
    assert one.bought("openrouter") == 1


def test_where_the_budget_has_no_room_for_a_look_the_image_is_made_without(one):
    made = make(one, budget={"sample_usd": "0.045"})
    assert isinstance(made, Delivered)
    assert seen(made) is None
    assert one.spent == PRICE
    assert one.project.rows(ASKED) == []


@pytest.mark.parametrize(
    "fault", ["refusal", "error_in_200", "length_empty", "bad_gateway", "lost_answer", "cut_body", "no_credit"]
)
def test_whatever_goes_wrong_with_a_look_the_image_is_delivered_without_it(one, sandbox, fault):
    sandbox.script({"fault": fault, "on": "chat", "contains": "image_url", "times": 1})
    made = make(one)
    assert isinstance(made, Delivered)
    assert seen(made) is None
    assert one.project.rows(SEEN) == []
    assert len(one.project.images()) == 1


def test_a_look_whose_outcome_nobody_knows_keeps_its_money_held_and_is_not_asked_for_again(one, sandbox):
    sandbox.script({"fault": "lost_answer", "on": "chat"})
    make(one)
    assert one.project.rows(ASKED) == [("test.icons.lantern", MODEL, "unknown", None)]
    ((held,),) = one.project.rows("SELECT held_usd FROM calls WHERE kind = 'vision'")
    assert held > Decimal("0.012")
    assert isinstance(make(one), Delivered)
    assert one.bought("openrouter") == 1


def test_a_judge_who_always_fails_is_left_alone_after_a_while_and_ends_no_run(house, sandbox):
    house.want(spec_of(8))
    sandbox.script({"fault": "refusal", "on": "chat", "times": 0})
    made = house.make_all(**seeing({"flow": {"abort_after": 2, "abort_share": 0.5}, "images": {"in_flight": 1}}))
    assert len(made) == 8
    assert 2 <= house.bought("openrouter") < 8


@pytest.mark.parametrize("is_stopped", [True, False], ids=["stopped", "too-many-failures"])
def test_a_run_that_ends_early_delivers_what_was_bought_without_a_look(house, sandbox, monkeypatch, is_stopped):
    house.want(spec_of(4))
    sandbox.script({"fault": "failed", "on": "predictions", "nth": 4})
    settings = {"images": {"in_flight": 4}, "flow": {"abort_after": 1, "abort_share": 0.1}}
    look = VisionJudge.look

    async def run():
        async with open_pipeline(house.open(**seeing(settings))) as pipeline, asyncio.timeout(30):

            async def look_after_the_end(judge, order, file):
                if is_stopped:
                    pipeline.stop()
                while not (is_stopped or pipeline.catalog.count_by_state()[FAILED]):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
                return await look(judge, order, file)

            monkeypatch.setattr(VisionJudge, "look", look_after_the_end)
            async with aclosing(pipeline.run(list(pipeline.catalog.images()), tuple(Asset))) as results:
                return {one.wanted.key async for one in results if isinstance(one.payload, Delivered)}

    delivered = asyncio.run(run())
    ((bought,),) = house.project.rows("SELECT count(*) FROM calls WHERE outcome = 'succeeded'")
    assert house.project.images().keys() == delivered
    assert len(delivered) == bought > 0
    assert house.spent == bought * PRICE
    assert house.project.rows(ASKED) == house.project.rows(SEEN) == []


def test_the_model_counts_as_used_only_where_it_looks(house):
    on, off = (used_models(house.open(**seeing({}, enabled=enabled)).settings, ()) for enabled in (True, False))
    assert on.language == {MODEL: ("checks.vision.model",)}
    assert off.language == {}


def test_the_plan_counts_the_looks_until_they_are_paid(house):
    house.want(spec_of(2))
    opened, without = house.open(**seeing({"prompts": {}})), house.open()
    (collection,) = require_specs([house.project.root / "data" / "specs"], root=opened.root, max_file_mb=2)

    def plan(project):
        with Database(project.paths.database) as database:
            return Planner(project, database).plan(collection.images).total

    blind, total = plan(without), plan(opened)
    assert total.worst - blind.worst > 2 * 40_000 * Decimal("0.0000003")
    assert Decimal(0) < total.expected - blind.expected < Decimal("0.002")
    again = plan(house.open(**seeing({"prompts": {}}, policy="rebuy") | {"images": {"rebuys": 1}}))
    pictures = plan(house.open(images={"rebuys": 1}))
    assert again.worst - pictures.worst == 2 * (total.worst - blind.worst)
    house.make_all(**seeing({"prompts": {}}))
    assert house.spent <= total.worst
    for file in house.project.images().values():
        file.unlink()
    assert plan(opened).worst == 0
