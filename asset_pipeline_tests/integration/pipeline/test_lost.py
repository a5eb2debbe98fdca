"""What was paid and cannot be had is booked, told and left alone; what can be had in any way is had, for one price."""

from decimal import Decimal

import pytest

from asset_pipeline.images import Delivered, arrival
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.support.specs import TITLES, spec_of

PRICE = Decimal("0.04")
TEMPLATE = {"mode": "template"}
SMALL = {"max_download_mb": 1}
CALLS = "SELECT state, outcome, cost_usd, held_usd FROM calls ORDER BY created_at"
# What is told of each fate.
LOST = {
    "no_output": "it delivered nothing",
    "empty_list": "it delivered nothing",
    "data_removed": "its files have been removed",
    "expired": "its files have been removed",
    "not_an_image": "kept as originals/",
    "truncated": "kept as originals/",
    "endless": "the file is larger than 1,000,000 bytes",
    "redirected": "files are not taken from where '127.0.0.1' sends us",
    "canceled": "it was canceled, and possibly charged",
}
ODD = (
    "as_text", "as_list", "nested", "data_url", "nine_digits", "duplicate_key", "reordered", "renamed",
    "fewer_fields", "more_fields", "fresh_404", "odd_status", "slow",
)  # fmt: skip


def keys_of(fates):
    """Return the image that meets each fate."""
    return {fate: f"test.icons.{title.lower()}" for fate, title in zip(fates, TITLES, strict=False)}


def script(sandbox, fates):
    """Let each image meet its own fate."""
    sandbox.script(*({"fault": fate, "contains": TITLES[number]} for number, fate in enumerate(fates)))


def payloads(house, **settings):
    """Make all images; return what became of each."""
    results = house.make(prompts=TEMPLATE, **settings)
    return {key: one.payload for (key, _), one in results.items()}


@pytest.fixture
def quick_downloads(monkeypatch):
    """Downloads are tried again almost at once."""
    monkeypatch.setattr(arrival, "DOWNLOAD_WAIT_S", 0.01)


def test_what_was_paid_and_cannot_be_had_is_booked_and_listed_and_bought_again_only_by_a_persons_decision(
    house, sandbox
):
    keys = keys_of(LOST)
    house.want(spec_of(len(LOST) + 1))
    script(sandbox, LOST)
    made = payloads(house, replicate=SMALL)
    for fate, said in LOST.items():
        assert isinstance(made[keys[fate]], Failed), fate
        assert made[keys[fate]].is_lost, fate
        assert said in made[keys[fate]].reason, fate
        assert "asset-pipeline regenerate" in made[keys[fate]].reason
    (whole,) = set(made) - set(keys.values())
    assert isinstance(made[whole], Delivered)

    outcomes = dict(house.project.rows("SELECT image_key, outcome FROM calls"))
    assert outcomes == dict.fromkeys(keys.values(), "lost") | {keys["canceled"]: "canceled", whole: "succeeded"}
    assert set(house.project.rows("SELECT state, cost_usd, held_usd FROM calls")) == {("settled", PRICE, 0)}
    assert house.spent == PRICE * len(made)
    listed = house.project.rows("SELECT image_key, reason FROM images WHERE state = 'lost'")
    assert dict(listed) == {key: made[key].reason for key in keys.values()}

    again = payloads(house, replicate=SMALL)
    lost = {key for key, payload in again.items() if isinstance(payload, Failed) and payload.is_lost}
    assert lost == {*keys.values()}
    assert (house.spent, house.bought("replicate")) == (PRICE * len(made), len(made))
    assert set(house.project.rows("SELECT DISTINCT state FROM images")) == {("lost",), ("done",)}

    house.want_anew(*keys.values())
    assert set(house.project.rows("SELECT DISTINCT state FROM images")) == {("missing",), ("done",)}
    anew = payloads(house, replicate=SMALL)
    assert {key for key, payload in anew.items() if isinstance(payload, Delivered)} == {*keys.values(), whole}
    assert house.spent == PRICE * (len(made) + len(LOST))
    assert house.project.images().keys() == made.keys()
    assert house.project.rows("SELECT DISTINCT state, reason FROM images") == [("done", None)]


@pytest.mark.parametrize(("fate", "begins"), [("not_an_image", b"<html>"), ("truncated", b"")])
def test_what_came_and_cannot_be_read_is_kept_as_it_came(house, sandbox, fate, begins):
    house.want(spec_of(1))
    script(sandbox, [fate])
    (lost,) = payloads(house).values()
    (kept,) = (house.project.root / "data" / "originals").rglob("*.bin")
    assert str(kept.relative_to(house.project.root / "data")) in lost.reason
    assert kept.read_bytes().startswith(begins)
    assert house.project.rows("SELECT * FROM store.originals") == []
    assert house.project.images() == {}


def test_a_lost_image_stays_lost_where_the_budget_would_not_pay_for_another(house, sandbox):
    house.want(spec_of(1))
    script(sandbox, ["no_output"])
    for _ in range(2):
        (lost,) = payloads(house, budget={"total_usd": "0.05"}).values()
        assert isinstance(lost, Failed)
        assert lost.is_lost
        assert house.project.rows("SELECT state FROM images") == [("lost",)]
    assert house.spent == PRICE


def test_downloads_that_break_and_then_work_lead_to_one_purchase_each(house, sandbox, quick_downloads):
    house.want(spec_of(4))
    broken = ({"fault": "server_error", "times": 2}, {"fault": "cut_body"}, {"fault": "wrong_checksum"})
    sandbox.script(*(one | {"on": "download", "contains": TITLES[n]} for n, one in enumerate(broken)))
    delivered = house.make_all(prompts=TEMPLATE)
    assert [one.cost_usd for one in delivered.values()] == [PRICE] * 4
    assert house.bought("replicate") == 4
    assert house.spent == 4 * PRICE
    assert house.project.images().keys() == delivered.keys()


def test_an_image_whose_download_keeps_failing_stays_open_and_the_next_run_delivers_it_without_paying(
    house, sandbox, quick_downloads
):
    house.want(spec_of(1))
    sandbox.script({"fault": "server_error", "on": "download", "times": arrival.DOWNLOAD_TRIES})
    (waiting,) = payloads(house).values()
    assert isinstance(waiting, Waiting)
    assert "the next run downloads it without paying again" in waiting.reason
    assert house.project.rows(CALLS) == [("finished", None, 0, PRICE)]
    assert house.project.rows("SELECT state, reason FROM images") == [("held", waiting.reason)]
    (delivered,) = house.make_all(prompts=TEMPLATE).values()
    assert (delivered.cost_usd, house.bought("replicate"), house.spent) == (PRICE, 1, PRICE)
    assert house.project.rows(CALLS) == [("settled", "succeeded", PRICE, 0)]
    assert list(house.project.images()) == ["test.icons.lantern"]


def test_answers_and_outputs_of_every_odd_shape_lead_to_one_purchase_and_a_finished_file_each(house, sandbox):
    house.want(spec_of(len(ODD)))
    script(sandbox, ODD)
    delivered = house.make_all(prompts=TEMPLATE)
    assert delivered.keys() == set(keys_of(ODD).values()) == house.project.images().keys()
    assert set(house.project.rows("SELECT state, outcome, cost_usd, held_usd FROM calls")) == {
        ("settled", "succeeded", PRICE, 0)
    }
    assert house.bought("replicate") == len(ODD)
    assert house.spent == PRICE * len(ODD)


def test_an_image_passes_each_state_in_the_ledger_and_is_booked_at_the_last(house):
    house.want(spec_of(1))
    house.make_all(prompts=TEMPLATE)
    assert house.project.rows("SELECT state, held_usd, cost_usd FROM ledger ORDER BY entry_id") == [
        ("held", PRICE, 0), ("submitted", 0, 0), ("finished", 0, 0), ("stored", 0, 0), ("settled", -PRICE, PRICE),
    ]  # fmt: skip
