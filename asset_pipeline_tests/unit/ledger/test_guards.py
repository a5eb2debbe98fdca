"""What the ledger refuses to do whoever asks: free money by a sign, spend without a limit, leave a hold to nobody."""

import asyncio
from decimal import Decimal

import pytest

from asset_pipeline.errors import CallError, LedgerError
from asset_pipeline.ledger import Ledger, Outcome, State
from asset_pipeline_tests.support.ledgers import intent_for, one_batch, open_ledger, rows, sums, take, wait_for


def test_a_hold_cannot_be_negative():
    with pytest.raises(CallError, match="-50 USD"):
        intent_for("a", "-50")


@pytest.mark.parametrize("cost", [None, Decimal("-0.01")])
def test_a_call_is_not_settled_without_a_cost_or_below_nothing(database, cost):
    ledger = open_ledger(database)
    held = wait_for(lambda: ledger.hold(intent_for("a")))
    take(ledger, held.call_id, State.SUBMITTED)
    before = sums(database)
    with pytest.raises(CallError, match=held.call_id):
        wait_for(lambda: ledger.settled(held.call_id, cost, Outcome.SUCCEEDED))
    assert sums(database) == before
    assert wait_for(lambda: ledger.call(held.call_id)).state is State.SUBMITTED


def test_a_database_without_limits_spends_nothing(database):
    ledger = Ledger(database, mode="sandbox", gated=False)
    with pytest.raises(LedgerError, match="no limit is known for 'total'"):
        wait_for(lambda: ledger.hold(intent_for("a")))
    assert rows(database, "SELECT count(*) FROM calls") == [(0,)]


def test_a_hold_that_is_cancelled_while_it_is_committed_frees_its_money(database):
    ledger = open_ledger(database)

    async def cancel_while_committing():
        with one_batch(database):
            asking = asyncio.create_task(ledger.hold(intent_for("a")))
            await asyncio.sleep(0)
            asking.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(cancel_while_committing())
    assert rows(database, "SELECT state, held_usd FROM calls") == [("released", Decimal(0))]
    assert {held for _, held in sums(database)["budgets"].values()} <= {Decimal(0)}
