"""Pictures that are not fit are bought again, within bounds; what was paid is kept, and the best of it is delivered."""

import hashlib
from decimal import Decimal

import pytest
from PIL import Image

from asset_pipeline.errors import SettingsError
from asset_pipeline.images import Delivered, finisher
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.support.specs import spec_of

PRICE = Decimal("0.04")
TEMPLATE = {"mode": "template"}
BLANK = {"fault": "blank", "on": "predictions"}
FAILED = "SELECT name, policy FROM checks WHERE NOT passed ORDER BY name"


@pytest.fixture
def one(house):
    """A house that wants one image."""
    house.want(spec_of(1))
    return house


def make(house, **settings):
    return house.make_one(prompts=TEMPLATE, **({"images": {"rebuys": 1}} | settings))


def failed(made):
    return {check.name for check in made.checks if not check.passed}


def test_a_good_picture_is_bought_once_and_all_that_was_measured_is_kept(one):
    made = make(one)
    assert failed(made) == set()
    assert (made.cost_usd, one.spent) == (PRICE, PRICE)
    kept = dict(one.project.rows("SELECT name, value FROM checks"))
    assert kept == {check.name: check.value for check in made.checks}
    assert {"size", "content", "palette", "detail"} <= set(kept)


def test_a_blank_picture_is_bought_again_once_and_the_good_one_is_delivered(one, sandbox):
    sandbox.script(BLANK)
    made = make(one)
    assert isinstance(made, Delivered)
    assert failed(made) == set()
    assert made.cost_usd == one.spent == 2 * PRICE
    assert one.project.rows("SELECT count(*) FROM store.originals") == [(2,)]
    (file,) = one.project.images().values()
    with Image.open(file) as picture:
        assert picture.convert("RGB").getcolors(10) is None


def test_what_was_bought_twice_is_not_bought_a_third_time_though_its_file_is_gone(one, sandbox):
    sandbox.script(BLANK)
    made = make(one)
    (file,) = one.project.images().values()
    file.unlink()
    again = make(one)
    assert (again.reused, again.cost_usd) == (True, 0)
    assert (again.call_id, again.file.sha256) == (made.call_id, made.file.sha256)
    assert one.bought("replicate") == 2


def test_one_that_is_never_fit_is_delivered_after_the_last_try_and_says_what_is_wrong(one, sandbox):
    sandbox.script(BLANK | {"times": 0})
    made = make(one, images={"rebuys": 2})
    assert isinstance(made, Delivered)
    assert {"content", "spread"} <= failed(made)
    assert one.bought("replicate") == 3
    assert one.spent == 3 * PRICE
    assert ("content", "rebuy") in one.project.rows(FAILED)


@pytest.mark.parametrize(
    "settings",
    [
        {"images": {}},
        {"checks": {name: {"policy": "review"} for name in ("content", "spread", "symbol_contrast")}},
        {"checks": {name: {"enabled": False} for name in ("content", "spread", "symbol_contrast", "detail")}},
    ],
)
def test_it_is_bought_once_where_the_settings_do_not_want_it_again(one, sandbox, settings):
    sandbox.script(BLANK)
    assert isinstance(make(one, **settings), Delivered)
    assert one.spent == PRICE


def test_an_image_is_begun_only_where_buying_it_again_would_fit_too(one, sandbox):
    waiting = make(one, budget={"sample_usd": "0.06"})
    assert isinstance(waiting, Waiting)
    assert waiting.refused.needed_usd == 2 * PRICE
    assert sandbox.invoice() == []


def test_one_that_is_not_fit_waits_for_a_person(one, sandbox):
    sandbox.script(BLANK)
    make(one, images={})
    ran = one.project.command("status", "--json")
    assert ran.json["review"]["waiting"] == 1


def test_where_the_second_one_fails_the_first_is_delivered(one, sandbox):
    sandbox.script(BLANK | {"nth": 1}, {"fault": "flagged", "on": "predictions", "nth": 2})
    made = make(one)
    assert "content" in failed(made)
    assert one.spent == PRICE


def test_while_nobody_knows_what_became_of_the_second_the_image_waits_and_then_gets_it(one, sandbox):
    sandbox.script(BLANK | {"nth": 1}, {"fault": "lost_answer", "on": "predictions", "nth": 2})
    assert isinstance(make(one), Waiting)
    one.reconcile(replicate={"lost_after_s": 3000})
    made = make(one)
    assert failed(made) == set()
    assert (one.bought("replicate"), one.spent) == (2, 2 * PRICE)


def test_two_images_that_look_alike_are_named(house, sandbox):
    """Both are blank, as bought; nobody could tell one from the other."""
    house.want(spec_of(3))
    sandbox.script(BLANK | {"times": 2})
    house.make_all(prompts=TEMPLATE, images={"rebuys": 0, "in_flight": 1})
    house.sheets("test")
    alike = house.project.rows("SELECT image_key, text FROM checks WHERE name = 'duplicate' AND NOT passed ORDER BY 1")
    assert len(alike) == 2
    assert alike[1][0] in alike[0][1]
    assert alike[0][0] in alike[1][1]


def test_a_picture_that_is_finished_in_another_way_is_looked_at_and_never_bought_again(one, sandbox):
    sandbox.script(BLANK)
    assert "content" in failed(make(one, images={}))
    again = make(one, provenance={"embed": False})
    assert "content" in failed(again)
    assert (again.reused, again.cost_usd, one.spent) == (True, 0, PRICE)


def test_where_the_first_model_was_paid_no_other_is_for_want_of_a_better_picture(house, sandbox):
    other = "openrouter:bytedance-seed/seedream-4.5"
    house.want(spec_of(1, extra=[f"types: {{icons: {{model: recraft-ai/recraft-v3, fallbacks: ['{other}']}}}}"]))
    sandbox.script(BLANK | {"nth": 1}, {"fault": "no_credit", "on": "predictions", "nth": 2})
    made = make(house)
    assert (made.model, failed(made) != set()) == ("recraft-ai/recraft-v3", True)
    assert house.spent == PRICE
    assert make(house, provenance={"embed": False}).cost_usd == 0
    assert house.spent == PRICE


def test_what_breaks_in_finishing_does_not_keep_a_paid_picture_from_being_recorded(one, monkeypatch):
    def broken(*_args, **_kwargs):
        raise SettingsError("the time-stamp authority did not answer")

    monkeypatch.setattr(finisher, "finish", broken)
    made = make(one)
    assert isinstance(made, Failed)
    assert "the time-stamp authority did not answer" in made.reason
    monkeypatch.undo()
    assert one.project.rows("SELECT state, outcome FROM calls") == [("settled", "succeeded")]
    assert make(one).reused
    assert one.spent == PRICE


def test_the_file_of_the_attempt_that_is_booked_is_the_one_on_the_disk(one, sandbox, monkeypatch):
    """The second attempt's file is in its place when its own recording breaks."""
    sandbox.script(BLANK)
    real, calls = finisher.perceptual_hash, []

    def breaks_at_the_second(picture):
        calls.append(picture)
        if len(calls) == 2:
            raise OSError("No space left on device")
        return real(picture)

    monkeypatch.setattr(finisher, "perceptual_hash", breaks_at_the_second)
    made = make(one)
    monkeypatch.undo()
    (file,) = one.project.images().values()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == made.file.sha256
