"""Reconciling finds what was paid and lost sight of, and frees only what certainly never arrived."""

import os
import re
import socket
import subprocess
from datetime import timedelta
from decimal import Decimal

import duckdb
import pytest
import stamina

from asset_pipeline import reconciliation
from asset_pipeline.images import arrival, purchase
from asset_pipeline.ledger import State
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.processes import this_process
from asset_pipeline.results import Waiting
from asset_pipeline_tests.support.specs import spec_of

PRICE = Decimal("0.04")
TEMPLATE = {"mode": "template"}
LATER = {"lost_after_s": 3000}
AT_ONCE = {"lost_after_s": 0}
CALLS = "SELECT state, outcome, cost_usd, held_usd FROM calls ORDER BY created_at"
UNKNOWN = ("unknown", None, 0, PRICE)
BOUGHT = ("settled", "succeeded", PRICE, 0)
NOBODY = {"url": "http://127.0.0.1:9"}
# Those of a process that died before the provider's answer had come, or had been recorded.
WITHOUT_ID = (State.HELD, State.UNKNOWN)


@pytest.fixture
def one(house):
    """A house that wants one image, made from its template."""
    house.want(spec_of(1))
    return house


def die_in(house, state):
    """Leave the only call as a process leaves it that is killed in a state."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    with duckdb.connect(str(house.project.database)) as connection:
        connection.execute(
            "UPDATE store.calls SET state = $1, owner = $2,"
            " provider_call_id = CASE WHEN $3 THEN NULL ELSE provider_call_id END",
            [str(state), f"{socket.gethostname()}:{ended.pid}", state in WITHOUT_ID],
        )


@pytest.mark.parametrize("loss", ["lost_answer", "reset_after", "cut_body", "no_answer"])
def test_a_prediction_whose_answer_was_lost_in_any_way_is_found_and_delivered_for_one_price(one, sandbox, loss):
    sandbox.script({"fault": loss, "on": "predictions"})
    assert isinstance(one.make_one(prompts=TEMPLATE, replicate={"request_timeout_s": 1}), Waiting)
    assert one.project.rows(CALLS) == [UNKNOWN]
    (found,) = one.reconcile(replicate=LATER)
    (bill,) = sandbox.invoice()
    assert (found.image_key, found.resolved) == ("test.icons.lantern", True)
    assert found.message == f"prediction {bill['id']} was found and kept"
    assert one.project.rows(CALLS) == [BOUGHT]
    (delivered,) = one.make_all(prompts=TEMPLATE).values()
    assert (delivered.call_id, delivered.reused) == (found.call_id, True)
    assert (one.bought("replicate"), one.spent) == (1, PRICE)
    assert list(one.project.images()) == ["test.icons.lantern"]


def test_of_two_equal_requests_none_is_given_the_others_prediction(house, sandbox):
    """Recraft takes no seed, so variants ask for the same: one never arrived, and another process makes the other."""
    house.want(spec_of(1).replace("title: Lantern", "title: Lantern, variants: 2"))
    sandbox.script({"fault": "reset", "on": "predictions"}, {"fault": "lost_answer", "on": "predictions"})
    house.make(prompts=TEMPLATE, images={"in_flight": 1})
    assert house.project.rows(CALLS) == [UNKNOWN] * 2
    house.project.change("UPDATE store.calls SET state = 'held', owner = $1 WHERE image_key LIKE '%-2'", this_process())
    (found,) = house.reconcile(replicate=LATER)
    assert (found.image_key, found.resolved) == ("test.icons.lantern", False)
    assert found.message == "the same is being bought just now; look again after it"
    house.project.change("UPDATE store.calls SET state = 'unknown' WHERE image_key LIKE '%-2'")
    assert sorted(one.resolved for one in house.reconcile(replicate=LATER)) == [False, True]
    assert len(set(house.project.rows("SELECT provider_call_id FROM calls"))) == 2
    assert house.spent == PRICE


@pytest.mark.parametrize(
    "owner", [f"{socket.gethostname()}:{os.getpid()}:0-1", "another-host:1"], ids=["same id", "another host"]
)
def test_what_a_container_left_that_was_made_anew_is_found(one, sandbox, owner):
    """The process that comes after it may have its id, and its host another name."""
    sandbox.script({"fault": "lost_answer", "on": "predictions"})
    one.make_one(prompts=TEMPLATE)
    one.project.change(
        "UPDATE store.calls SET state = 'held', owner = $1, created_at = created_at - INTERVAL 35 MINUTE,"
        " updated_at = updated_at - INTERVAL 35 MINUTE",
        owner,
    )
    (found,) = one.reconcile(replicate=LATER)
    assert found.resolved
    assert one.project.rows(CALLS) == [BOUGHT]


def test_a_call_that_nobody_foresaw_stays_open_and_keeps_neither_the_others_nor_a_run_from_going_on(
    house, sandbox, monkeypatch
):
    house.want(spec_of(2))
    sandbox.script({"fault": "lost_answer", "on": "predictions", "times": 2})
    house.make(prompts=TEMPLATE)
    fetch, broken = purchase.Purchases.fetch, []

    async def fetch_all_but_the_first(self, wanted, **options):
        if not broken or wanted.prediction_id in broken:
            broken.append(wanted.prediction_id)
            raise RuntimeError("nobody has foreseen r8_0123456789012345678901234567890123456")
        return await fetch(self, wanted, **options)

    monkeypatch.setattr(purchase.Purchases, "fetch", fetch_all_but_the_first)
    found = house.reconcile(replicate=LATER)
    assert [one.resolved for one in found] == [False, True]
    assert found[0].message == "unexpected RuntimeError: nobody has foreseen r8_[redacted]"
    assert [state for state, *_ in house.project.rows(CALLS)] == ["submitted", "settled"]
    monkeypatch.undo()
    house.make_all(prompts=TEMPLATE)
    assert house.spent == 2 * PRICE


def test_a_request_that_is_not_found_stays_held_and_is_not_made_again_until_it_is_old_enough(one, sandbox):
    sandbox.script({"fault": "reset", "on": "predictions"})
    for _ in range(2):
        waiting = one.make_one(prompts=TEMPLATE)
        assert isinstance(waiting, Waiting)
        assert "asset-pipeline reconcile" in waiting.reason
        (left,) = one.reconcile(replicate=LATER)
        assert not left.resolved
        assert re.fullmatch(r"not at Replicate \(yet\); look again in (3000|29\d\d) s", left.message)
        assert one.project.rows(CALLS) == [UNKNOWN]
        assert one.bought("replicate") == 0

    (freed,) = one.reconcile(replicate=AT_ONCE)
    assert (freed.call_id, freed.resolved) == (left.call_id, True)
    assert freed.message == "the request never arrived; its money is free again"
    assert one.project.rows(CALLS) == [("released", None, 0, 0)]
    one.make_all(prompts=TEMPLATE)
    assert one.project.rows(CALLS) == [("released", None, 0, 0), BOUGHT]
    assert (one.bought("replicate"), one.spent) == (1, PRICE)


def test_a_provider_that_cannot_be_asked_frees_nothing(one, sandbox):
    sandbox.script({"fault": "reset", "on": "predictions"})
    assert isinstance(one.make_one(prompts=TEMPLATE), Waiting)
    with stamina.set_testing(True, attempts=1):
        (left,) = one.reconcile(replicate=AT_ONCE, sandbox=NOBODY)
    assert not left.resolved
    assert left.message.startswith("Replicate could not be asked: ")
    assert one.project.rows(CALLS) == [UNKNOWN]


@pytest.mark.parametrize("state", [State.HELD, State.SUBMITTED, State.FINISHED, State.STORED, State.UNKNOWN])
def test_a_call_of_a_process_that_died_in_any_state_is_brought_home_and_used(one, sandbox, monkeypatch, state):
    monkeypatch.setattr(arrival, "DOWNLOAD_WAIT_S", 0.01)
    sandbox.script({"fault": "server_error", "on": "download", "times": arrival.DOWNLOAD_TRIES})
    assert isinstance(one.make_one(prompts=TEMPLATE), Waiting)
    die_in(one, state)
    (found,) = one.reconcile()
    assert found.resolved
    assert "was found and kept" in found.message
    assert one.project.rows(CALLS) == [BOUGHT]
    (delivered,) = one.make_all(prompts=TEMPLATE).values()
    assert (delivered.call_id, delivered.reused, delivered.cost_usd) == (found.call_id, True, 0)
    assert (one.bought("replicate"), one.spent) == (1, PRICE)
    assert one.project.rows("SELECT sum(held_usd) FROM budgets") == [(0,)]
    assert one.reconcile() == []


def test_a_lost_request_is_looked_for_from_its_own_beginning_however_long_others_have_taken(
    house, sandbox, monkeypatch
):
    """Following one prediction may take ten minutes; the next one's age is not what it was when the ledger was read."""
    house.want(spec_of(2))
    sandbox.script({"fault": "lost_answer", "on": "predictions", "times": 2})
    house.make(prompts=TEMPLATE)
    late = timedelta()
    real_now, real_fetch = utc_now, purchase.Purchases.fetch

    async def slow(self, bought, **more):
        nonlocal late
        late += timedelta(minutes=10)
        return await real_fetch(self, bought, **more)

    monkeypatch.setattr(reconciliation, "utc_now", lambda: real_now() + late)
    monkeypatch.setattr(purchase.Purchases, "fetch", slow)
    assert [found.resolved for found in house.reconcile(replicate=AT_ONCE)] == [True, True]
    assert house.project.rows(CALLS) == [BOUGHT, BOUGHT]
    assert len(house.make_all(prompts=TEMPLATE)) == house.bought("replicate") == 2


def test_a_request_is_given_up_only_a_while_after_its_process_was_found_dead_however_old_the_hold(one, sandbox):
    """The hold may have waited for minutes before the request left."""
    sandbox.script({"fault": "reset", "on": "predictions"})
    one.make_one(prompts=TEMPLATE)
    die_in(one, State.HELD)
    with duckdb.connect(str(one.project.database)) as connection:
        connection.execute(
            "UPDATE store.calls SET created_at = created_at - INTERVAL 20 MINUTE,"
            " updated_at = updated_at - INTERVAL 20 MINUTE"
        )
    (left,) = one.reconcile(replicate={"lost_after_s": 300})
    assert left.message == "not at Replicate (yet); look again in 300 s"
    with duckdb.connect(str(one.project.database)) as connection:
        connection.execute("UPDATE store.calls SET updated_at = updated_at - INTERVAL 301 SECOND")
    (freed,) = one.reconcile(replicate={"lost_after_s": 300})
    assert freed.resolved
