"""`reconcile`: says what became of open calls, and books what a person knows better."""

import os
import socket
from decimal import Decimal

import duckdb
import pytest

from asset_pipeline.results import Waiting
from asset_pipeline_tests.support.specs import spec_of

TEMPLATE = {"mode": "template"}
PRICE = Decimal("0.04")
CALLS = "SELECT state, outcome, cost_usd, held_usd FROM calls ORDER BY created_at"
SUMS = "SELECT scope, spent_usd, held_usd FROM budgets ORDER BY scope"
BOUGHT = ("settled", "succeeded", PRICE, 0)


@pytest.fixture
def unknown(house, sandbox):
    """A house whose only picture was asked for and never answered, as the request did not arrive; returns the call."""
    house.want(spec_of(1))
    sandbox.script({"fault": "reset", "on": "predictions"})
    assert isinstance(house.make_one(prompts=TEMPLATE), Waiting)
    ((call_id,),) = house.project.rows("SELECT call_id FROM calls WHERE state = 'unknown'")
    return call_id


def test_where_nothing_is_open_it_says_so(house, cli):
    house.want(spec_of(1))
    house.make_all(prompts=TEMPLATE)
    ran = cli("reconcile")
    assert (ran.code, ran.out) == (0, "no call is open\n")
    assert cli("reconcile", "--json").json == []


def test_a_lost_answer_is_found_closed_and_told(house, sandbox, cli):
    house.want(spec_of(1))
    sandbox.script({"fault": "reset_after", "on": "predictions"})
    assert isinstance(house.make_one(prompts=TEMPLATE), Waiting)
    ((call_id,),) = house.project.rows("SELECT call_id FROM calls")
    (bill,) = sandbox.invoice()
    ran = cli("reconcile")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"closed {call_id}  test.icons.lantern: prediction {bill['id']} was found and kept",
        "no call is open",
    ]
    assert house.project.rows(CALLS) == [BOUGHT]
    assert house.spent == PRICE


def test_what_cannot_be_decided_stays_held_and_says_how_to_decide_it(house, unknown, cli):
    ran = cli("reconcile")
    assert ran.code == 0
    first, *rest = ran.out.splitlines()
    assert first.startswith(f"open   {unknown}  test.icons.lantern: not at Replicate (yet); look again in ")
    assert rest == [
        "1 calls stay open, and their money held",
        "to decide one yourself: asset-pipeline reconcile --accept CALL paid|free",
    ]
    (told,) = cli("reconcile", "--json").json
    assert (told["call_id"], told["image_key"], told["resolved"]) == (unknown, "test.icons.lantern", False)
    assert house.project.rows(CALLS) == [("unknown", None, 0, PRICE)]


@pytest.mark.parametrize(("verdict", "cost", "said"), [("paid", PRICE, "$0.04"), ("free", Decimal(0), "$0.00")])
@pytest.mark.parametrize("length", [32, 8])
def test_a_person_can_say_whether_a_call_was_charged(house, unknown, cli, verdict, cost, said, length):
    ran = cli("reconcile", "--accept", unknown[:length], verdict)
    assert (ran.code, ran.out) == (0, f"call {unknown} of test.icons.lantern is booked at {said}\n")
    assert house.project.rows(CALLS) == [("settled", f"accepted_{verdict}", cost, 0)]
    assert house.project.rows("SELECT reason, held_usd, cost_usd FROM ledger ORDER BY entry_id DESC LIMIT 1") == [
        (f"accepted as {verdict} by a person", -PRICE, cost)
    ]
    sums = {scope: (spent, held) for scope, spent, held in house.project.rows(SUMS)}
    assert {sums[scope] for scope in ("total", "day", "sample")} == {(cost, 0)}
    assert cli("reconcile").out == "no call is open\n"


@pytest.mark.parametrize("verdict", ["paid", "free"])
def test_what_a_person_says_was_free_is_bought_by_the_next_run_and_what_was_paid_only_anew(
    house, unknown, cli, verdict
):
    assert cli("reconcile", "--accept", unknown, verdict).code == 0
    if verdict == "paid":
        assert house.make_one(prompts=TEMPLATE).is_lost
        assert house.bought("replicate") == 0
        house.want_anew("test.icons.lantern")
    house.make_all(prompts=TEMPLATE)
    assert house.bought("replicate") == 1
    assert house.project.rows(CALLS)[1:] == [BOUGHT]
    assert list(house.project.images()) == ["test.icons.lantern"]


@pytest.mark.parametrize("state", ["held", "submitted", "finished", "stored"])
@pytest.mark.parametrize("verdict", ["paid", "free"])
def test_a_person_can_decide_any_open_call_whose_process_has_ended(house, unknown, cli, state, verdict):
    house.project.change("UPDATE store.calls SET state = $1", state)
    assert cli("reconcile", "--accept", unknown, verdict).code == 2  # we have made it, and may still be at it
    house.project.change("UPDATE store.calls SET owner = $1", f"{socket.gethostname()}:{os.getpid()}:0-1")
    assert cli("reconcile", "--accept", unknown, verdict).code == 0
    assert house.project.rows(CALLS) == [("settled", f"accepted_{verdict}", PRICE if verdict == "paid" else 0, 0)]


@pytest.mark.parametrize("verdict", ["maybe", "", "PAID"])
def test_another_verdict_is_refused_and_books_nothing(house, unknown, cli, verdict):
    before = house.project.rows(CALLS), house.project.rows(SUMS)
    ran = cli("reconcile", "--accept", unknown, verdict)
    assert ran.code == 2
    assert f"{verdict!r} is no verdict" in ran.err
    assert "paid or free" in ran.err
    assert (house.project.rows(CALLS), house.project.rows(SUMS)) == before


@pytest.mark.parametrize("name", ["nobody", ""])
def test_a_call_that_is_not_there_or_not_named_is_refused_and_books_nothing(house, unknown, cli, name):
    before = house.project.rows(CALLS), house.project.rows(SUMS)
    ran = cli("reconcile", "--accept", name, "free")
    assert ran.code == 2
    assert f"0 open calls that nobody works on begin with {name!r}" in ran.err
    assert "asset-pipeline status" in ran.err
    assert (house.project.rows(CALLS), house.project.rows(SUMS)) == before


def test_a_call_whose_outcome_is_known_is_refused_and_books_nothing(house, unknown, cli):
    assert cli("reconcile", "--accept", unknown, "paid").code == 0
    before = house.project.rows(CALLS), house.project.rows(SUMS)
    ran = cli("reconcile", "--accept", unknown, "free")
    assert ran.code == 2
    assert f"0 open calls that nobody works on begin with '{unknown}'" in ran.err
    assert (house.project.rows(CALLS), house.project.rows(SUMS)) == before


def test_a_beginning_that_two_unknown_calls_share_is_refused(house, sandbox, cli):
    house.want(spec_of(2))
    sandbox.script({"fault": "reset", "on": "predictions", "times": 2})
    house.make(prompts=TEMPLATE)
    with duckdb.connect(str(house.project.database)) as connection:
        connection.execute("UPDATE store.calls SET call_id = 'ab' || call_id")
    ran = cli("reconcile", "--accept", "ab", "free")
    assert ran.code == 2
    assert "2 open calls that nobody works on begin with 'ab'" in ran.err
    assert house.project.rows(CALLS) == [("unknown", None, 0, PRICE)] * 2
