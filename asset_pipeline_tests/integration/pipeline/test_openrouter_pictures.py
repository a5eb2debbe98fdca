"""Images from OpenRouter: through the same ledger, and the answer, the only copy there is, survives every end."""

import errno
import json
import socket
import subprocess
from decimal import Decimal

import duckdb
import pytest
from PIL import Image

from asset_pipeline.images import Delivered, answered
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.spool import Spool
from asset_pipeline.providers.openrouter_images import AnsweredImage
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.support.specs import spec_of

TEMPLATE = {"mode": "template"}
BY_CHAT, BY_IMAGES = "openrouter:google/gemini-2.5-flash-image", "openrouter:bytedance-seed/seedream-4.5"
HELD = {BY_CHAT: Decimal("0.047"), BY_IMAGES: Decimal("0.05")}
CALLS = "SELECT provider, kind, state, outcome, cost_usd, held_usd FROM calls ORDER BY created_at"
NOTHING_LEFT = {"usage_lag_s": 0}


def model(name):
    return [f"types: {{icons: {{model: '{name}'}}}}"]


@pytest.fixture(params=[BY_CHAT, BY_IMAGES])
def one(house, request):
    """A house that wants one image of a model on OpenRouter."""
    house.want(spec_of(1, extra=model(request.param)))
    house.model = request.param
    return house


def make(house, **settings):
    return house.make_one(prompts=TEMPLATE, **settings)


def answers(house):
    return sorted((house.project.root / "data" / "answers").rglob("*.json"))


def die_in(house, state, *, with_id):
    """Leave the only call as a process leaves it that is killed in a state."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    with duckdb.connect(str(house.project.database)) as connection:
        connection.execute(
            "UPDATE store.calls SET state = $1, outcome = NULL, cost_usd = NULL, owner = $2,"
            " provider_call_id = CASE WHEN $3 THEN provider_call_id END",
            [state, f"{socket.gethostname()}:{ended.pid}", with_id],
        )
        connection.execute("DELETE FROM store.originals")


def test_an_image_is_bought_finished_and_booked_at_what_the_answer_says(one, sandbox):
    made = make(one)
    assert isinstance(made, Delivered)
    assert made.model == one.model
    with Image.open(one.project.root / "data" / made.file.path) as picture:
        assert (picture.size, picture.format) == ((64, 64), "PNG")
    ((provider, kind, state, outcome, cost, held),) = one.project.rows(CALLS)
    assert (provider, kind, state, outcome, held) == ("openrouter", "image", "settled", "succeeded", 0)
    assert 0 < cost == one.spent <= HELD[one.model]
    assert answers(one) == []


def test_an_equal_wish_costs_nothing(one, sandbox):
    make(one)
    again = make(one)
    assert (again.reused, again.cost_usd, len(sandbox.invoice())) == (True, 0, 1)


def test_pictures_count_against_openrouters_budget(one, sandbox):
    waiting = make(one, budget={"providers": {"openrouter": "0.03"}})
    assert isinstance(waiting, Waiting)
    assert waiting.refused.scope == "provider:openrouter"
    assert sandbox.invoice() == []


def test_an_answer_without_a_picture_that_was_paid_is_lost_and_not_bought_again_by_itself(one, sandbox):
    sandbox.script({"fault": "no_picture"})
    for _ in range(2):
        lost = make(one)
        assert isinstance(lost, Failed)
        assert lost.is_lost
    assert len(sandbox.invoice()) == 1
    assert [row[3] for row in one.project.rows(CALLS)] == ["lost"]
    assert one.spent > 0


def test_an_answer_without_a_picture_that_was_not_charged_is_a_failure_that_the_next_run_tries_again(house, sandbox):
    house.want(spec_of(1, extra=model(BY_CHAT)))
    sandbox.script({"fault": "flagged_for_free"})
    failed = make(house)
    assert isinstance(failed, Failed)
    assert "it brought no picture (content_filter)" in failed.reason
    assert not failed.is_lost
    assert house.spent == 0
    assert isinstance(make(house), Delivered)


def test_an_answer_that_does_not_say_its_cost_is_looked_up_or_booked_at_the_worst_case(one, sandbox):
    sandbox.script({"fault": "no_bill"})
    made = make(one)
    assert isinstance(made, Delivered)
    if one.model == BY_CHAT:  # its answers have ids
        assert made.cost_usd == one.spent
    else:
        ((cost, reason),) = one.project.rows(
            "SELECT c.cost_usd, l.reason FROM calls c JOIN ledger l USING (call_id) WHERE l.reason IS NOT NULL"
        )
        assert cost == made.cost_usd == HELD[one.model]
        assert "no id in the answer" in reason


@pytest.mark.parametrize("refusal", ["invalid", "no_credit", "unauthenticated"])
def test_a_refusal_costs_nothing(one, sandbox, refusal):
    sandbox.script({"fault": refusal, "on": "pictures"})
    assert isinstance(make(one), Failed | Waiting)
    assert [row[2:] for row in one.project.rows(CALLS)] == [("released", None, 0, 0)]
    assert sandbox.invoice() == []


@pytest.mark.parametrize(("state", "with_id"), [("held", False), ("unknown", False), ("submitted", True)])
def test_an_answer_that_had_come_when_its_process_was_killed_is_still_delivered_for_one_price(
    one, sandbox, monkeypatch, state, with_id
):
    monkeypatch.setattr("asset_pipeline.images.spool.Spool.forget", lambda *_: None)
    make(one)
    monkeypatch.undo()
    die_in(one, state, with_id=with_id)
    assert len(answers(one)) == 1
    (found,) = one.reconcile()
    assert (found.resolved, found.message) == (True, "the picture in its answer was found and kept")
    again = make(one)
    assert (again.reused, again.cost_usd) == (True, 0)
    assert len(sandbox.invoice()) == 1
    assert one.spent == sandbox.total()
    one.reconcile()
    assert answers(one) == []


@pytest.mark.parametrize("loss", ["lost_answer", "reset_after", "cut_body"])
def test_a_picture_whose_answer_never_came_is_held_then_booked_and_never_bought_again_by_itself(one, sandbox, loss):
    one.reconcile(openrouter=NOTHING_LEFT)  # what the key had used before
    sandbox.script({"fault": loss, "on": "pictures"})
    assert isinstance(make(one), Waiting)
    assert isinstance(make(one), Waiting | Failed)
    one.reconcile(openrouter=NOTHING_LEFT)
    ((_, _, state, outcome, cost, held),) = one.project.rows(CALLS)
    assert (state, outcome, held) == ("settled", "lost", 0)
    assert cost == one.spent == sandbox.total()
    lost = make(one)
    assert isinstance(lost, Failed)
    assert lost.is_lost
    assert len(sandbox.invoice()) == 1


def test_reconciling_in_one_mode_leaves_the_answers_of_the_other_alone(one, sandbox):
    folder = one.project.root / "data" / "answers" / "live"
    folder.mkdir(parents=True)
    (folder / "0000~gen-1.json").write_text("{}")
    make(one)
    one.reconcile()
    assert [path.name for path in answers(one)] == ["0000~gen-1.json"]


def test_a_picture_is_delivered_even_if_its_answer_could_not_be_put_on_the_disk(one, sandbox, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Spool, "keep", full)
    assert isinstance(make(one), Delivered)
    assert one.spent == sandbox.total()


def test_a_picture_that_cannot_be_written_stays_open_with_its_answer_and_is_delivered_by_the_next_run(
    one, sandbox, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileStore, "part_of", full)
    waiting = make(one)
    assert isinstance(waiting, Waiting)
    assert "No space left" in waiting.reason
    monkeypatch.undo()
    die_in(one, "submitted", with_id=True)
    one.reconcile()
    assert make(one).reused
    assert len(sandbox.invoice()) == 1


def test_a_paid_answer_in_which_no_picture_is_found_is_kept_and_named(one, sandbox, monkeypatch):
    unreadable = AnsweredImage(None, Decimal("0.04"), "", "it brought no picture")
    monkeypatch.setattr(answered, "parse_image_answer", lambda _: unreadable)
    lost = make(one)
    assert lost.is_lost
    (kept,) = answers(one)
    assert str(kept) in lost.reason
    assert json.loads(kept.read_text())["usage"]["cost"] > 0


def test_a_bill_is_not_looked_up_by_an_id_that_openrouter_never_gave(house, sandbox):
    house.want(spec_of(1, extra=model(BY_IMAGES)))
    make(house)
    die_in(house, "submitted", with_id=True)
    (left,) = house.reconcile(openrouter=NOTHING_LEFT)
    assert not left.resolved
    assert sandbox.state.generation(house.project.rows("SELECT provider_call_id FROM calls")[0][0]) is None
