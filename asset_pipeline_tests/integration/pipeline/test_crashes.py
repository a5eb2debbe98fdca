"""A process that ended in the middle of a call: whoever comes next closes it where it stands."""

import asyncio
import socket
import subprocess
from decimal import Decimal

import duckdb
import httpx
import pytest
import stamina

from asset_pipeline.ledger import Database, Intent, Price, Stage
from asset_pipeline.services import open_ledger
from asset_pipeline_tests.support.specs import spec_of

CALLS = "SELECT state, outcome, cost_usd, held_usd FROM calls"
CHAT = {"model": "openai/gpt-6-luna", "messages": [{"role": "user", "content": "Hello."}], "max_tokens": 100}
DRAW = {"prompt": "A lantern", "size": "1024x1024"}
RECRAFT = "recraft-ai/recraft-v3"


@pytest.fixture
def house_with_spec(house):
    """A house that wants one image."""
    house.want(spec_of(1))
    return house


def leave_open(house, *, kind, request, provider_call_id=None, content_key="killed"):
    """Leave a call as a process does that is killed: held, and submitted if its id had come."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    image = kind == "image"

    async def begin():
        with Database(house.open().paths.database) as database:
            ledger = open_ledger(house.open(), database)
            ledger.owner = f"{socket.gethostname()}:{ended.pid}"
            held = await ledger.hold(
                Intent(
                    provider="replicate" if image else "openrouter",
                    kind=kind,
                    model=RECRAFT if image else CHAT["model"],
                    image_key="test.icons.lantern",
                    collection="test",
                    stage=Stage.SAMPLE,
                    content_key=content_key,
                    request=request,
                    worst_usd=Decimal("0.04"),
                    price=Price(kind, {}, "now", "a test"),
                )
            )
            if provider_call_id:
                await ledger.submitted(held.call_id, provider_call_id)

    asyncio.run(begin())


def post(sandbox, path, body):
    """Buy something at the sandbox as the killed process did; return its id."""
    headers = {"Authorization": "Bearer sandbox"}
    return httpx.post(f"{sandbox.url}{path}", json=body, headers=headers).json()["id"]


def draw(sandbox):
    """Buy a picture; return its id."""
    return post(sandbox, f"/v1/models/{RECRAFT}/predictions", {"input": DRAW})


def test_a_chat_whose_id_had_come_is_booked_at_what_the_provider_says_it_cost(house_with_spec, sandbox):
    generation_id = post(sandbox, "/api/v1/chat/completions", CHAT)
    leave_open(house_with_spec, kind="writer", request=CHAT, provider_call_id=generation_id)
    (found,) = house_with_spec.reconcile()
    assert found.resolved
    assert found.message.startswith("the answer was lost after it was paid; booked at $")
    assert 0 < house_with_spec.spent < Decimal("0.04")
    assert house_with_spec.project.rows(CALLS) == [("settled", "unusable", house_with_spec.spent, 0)]


def test_a_chat_whose_id_had_come_and_that_was_not_billed_is_closed_and_holds_nothing(house_with_spec, sandbox):
    generation_id = sandbox.state.add_generation(
        model=CHAT["model"], cost=Decimal(0), prompt_tokens=9, completion_tokens=0
    )
    leave_open(house_with_spec, kind="writer", request=CHAT, provider_call_id=generation_id)
    (found,) = house_with_spec.reconcile()
    assert found.resolved
    assert house_with_spec.project.rows(CALLS) == [("settled", "unusable", 0, 0)]
    assert house_with_spec.reconcile() == []


@pytest.mark.parametrize(("age_h", "state"), [(0, "unknown"), (2, "settled")])
def test_a_chat_that_the_provider_shows_no_bill_for_is_booked_at_its_worst_case_after_an_hour(
    house_with_spec, age_h, state
):
    leave_open(house_with_spec, kind="writer", request=CHAT, provider_call_id="gen-0-nobody")
    with duckdb.connect(str(house_with_spec.project.database)) as connection:
        connection.execute(f"UPDATE store.calls SET created_at = created_at - INTERVAL {age_h} HOUR, state = 'unknown'")
    with stamina.set_testing(True):  # a bill may be late by minutes, which are not waited for here
        (found,) = house_with_spec.reconcile()
    assert found.resolved == (state == "settled")
    outcome, spent, held = ("assumed", Decimal("0.04"), 0) if found.resolved else (None, 0, Decimal("0.04"))
    assert house_with_spec.project.rows(CALLS) == [(state, outcome, spent, held)]


NO_LAG = {"openrouter": {"usage_lag_s": 0}}


@pytest.mark.parametrize("answered", [True, False], ids=["billed", "never arrived"])
def test_a_chat_whose_id_had_not_come_is_booked_at_what_the_key_has_used_beyond_the_ledger(
    house_with_spec, sandbox, answered
):
    post(sandbox, "/api/v1/chat/completions", CHAT)  # somebody's, from before: no concern of ours
    assert house_with_spec.reconcile(**NO_LAG) == []  # nothing is open, so the key's usage is remembered
    leave_open(house_with_spec, kind="writer", request=CHAT)
    if answered:
        post(sandbox, "/api/v1/chat/completions", CHAT)
    (found,) = house_with_spec.reconcile(**NO_LAG)
    assert found.resolved
    cost = sandbox.total() / 2 if answered else Decimal(0)
    state, outcome = ("settled", "unusable") if answered else ("released", None)
    assert house_with_spec.project.rows(CALLS) == [(state, outcome, cost, 0)]


def test_a_lost_chat_stays_held_while_usage_may_lag_or_somebody_else_uses_the_key(house_with_spec, sandbox):
    assert house_with_spec.reconcile(**NO_LAG) == []
    leave_open(house_with_spec, kind="writer", request=CHAT)
    (found,) = house_with_spec.reconcile()
    assert not found.resolved
    assert "shows in the key's usage some minutes after the last call" in found.message
    sandbox.state.add_generation(model=CHAT["model"], cost=Decimal("0.05"), prompt_tokens=9, completion_tokens=9)
    (found,) = house_with_spec.reconcile(**NO_LAG)
    assert not found.resolved
    assert house_with_spec.project.rows(CALLS) == [("unknown", None, 0, Decimal("0.04"))]


def test_a_lost_chat_that_usage_never_explains_is_booked_at_its_worst_case_after_an_hour(house_with_spec):
    leave_open(house_with_spec, kind="writer", request=CHAT)
    with duckdb.connect(str(house_with_spec.project.database)) as connection:
        connection.execute("UPDATE store.calls SET created_at = created_at - INTERVAL 2 HOUR")
    (found,) = house_with_spec.reconcile()
    assert found.resolved
    assert "the key's usage does not tell its cost; booked at its worst case" in found.message
    assert house_with_spec.project.rows(CALLS) == [("settled", "assumed", Decimal("0.04"), 0)]


def test_a_prediction_whose_id_had_come_is_fetched_and_kept(house_with_spec, sandbox):
    leave_open(house_with_spec, kind="image", request={"input": DRAW}, provider_call_id=draw(sandbox))
    (found,) = house_with_spec.reconcile()
    assert (found.resolved, house_with_spec.spent) == (True, Decimal("0.04"))
    ((path,),) = house_with_spec.project.rows("SELECT path FROM store.originals WHERE content_key = 'killed'")
    assert (house_with_spec.project.root / "data" / path).is_file()


@pytest.mark.parametrize(
    ("fate", "outcome", "cost"),
    [
        ("no_output", "lost", "0.04"),
        ("not_an_image", "lost", "0.04"),
        ("canceled", "canceled", "0.04"),
        ("failed", "failed", "0"),
        ("aborted", "failed", "0"),
    ],
)
def test_a_prediction_that_brought_nothing_is_booked_at_what_it_cost(house_with_spec, sandbox, fate, outcome, cost):
    sandbox.script({"fault": fate, "on": "predictions"})
    leave_open(house_with_spec, kind="image", request={"input": DRAW}, provider_call_id=draw(sandbox))
    (found,) = house_with_spec.reconcile()
    assert found.resolved
    assert house_with_spec.project.rows(CALLS) == [("settled", outcome, Decimal(cost), 0)]
    assert house_with_spec.spent == Decimal(cost)


def test_a_prediction_that_was_sent_but_not_recorded_is_found_by_its_input(house_with_spec, sandbox):
    leave_open(house_with_spec, kind="image", request={"input": DRAW})
    prediction_id = draw(sandbox)
    (found,) = house_with_spec.reconcile()
    assert found.resolved
    assert prediction_id in found.message
    assert house_with_spec.spent == Decimal("0.04")


def test_a_prediction_that_was_held_and_never_sent_is_waited_for_and_then_released(house_with_spec):
    leave_open(house_with_spec, kind="image", request={"input": DRAW})
    (early,) = house_with_spec.reconcile()
    assert not early.resolved
    assert house_with_spec.project.rows(CALLS) == [("unknown", None, 0, Decimal("0.04"))]
    (late,) = house_with_spec.reconcile(replicate={"lost_after_s": 0})
    assert late.resolved
    assert house_with_spec.project.rows(CALLS) == [("released", None, 0, 0)]


def test_of_two_calls_with_the_same_input_each_gets_a_prediction_of_its_own(house_with_spec, sandbox):
    paid, lost = draw(sandbox), draw(sandbox)
    leave_open(house_with_spec, kind="image", request={"input": DRAW}, provider_call_id=lost)
    assert [one.resolved for one in house_with_spec.reconcile()] == [True]
    leave_open(house_with_spec, kind="image", request={"input": DRAW}, content_key="another")
    (found,) = house_with_spec.reconcile()
    assert paid in found.message
    assert house_with_spec.spent == Decimal("0.08")
