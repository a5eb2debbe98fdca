"""Alerts: each share of each limit is said once, by whoever sees it first, and again only after a raised limit."""

from datetime import datetime
from decimal import Decimal

import pytest

from asset_pipeline.ledger import Database, Ledger, State
from asset_pipeline_tests.support.ledgers import MARGIN, intent_for, open_ledger, take, wait_for

SHARES = (Decimal("0.5"), Decimal("0.8"), Decimal("0.95"))


def buy(ledger, key, usd, **changes):
    """Hold, submit and settle a call at its worst case."""
    call_id = wait_for(lambda: ledger.hold(intent_for(key, usd, **changes))).call_id
    take(ledger, call_id, State.SUBMITTED)
    take(ledger, call_id, State.SETTLED, cost_usd=Decimal(usd))


def claim(ledger, *shares):
    """Claim what fires now, as scope and share."""
    return [(one.scope, str(one.share)) for one in wait_for(lambda: ledger.claim_alerts(shares or SHARES))]


@pytest.fixture
def ledger(database):
    """A ledger with a dollar in all, and plenty under every other limit."""
    return open_ledger(database, total_usd="1.00")


def test_a_share_fires_when_it_is_spent_and_what_is_only_held_does_not_count(ledger):
    buy(ledger, "a", "0.49")
    wait_for(lambda: ledger.hold(intent_for("b", "0.40")))
    assert claim(ledger) == []
    buy(ledger, "c", "0.01")
    (alert,) = wait_for(lambda: ledger.claim_alerts(SHARES))
    assert (alert.scope, alert.share) == ("total", Decimal("0.5"))
    assert (alert.limit_usd, alert.spent_usd) == (Decimal(1), Decimal("0.5"))
    assert alert.message == "budget 'total': 50 % of its limit is spent, $0.50 of $1.00"


def test_each_share_fires_once_also_for_another_process_and_after_a_restart(ledger):
    path = ledger.database.path
    with Database(path) as elsewhere:
        other = Ledger(elsewhere, mode="sandbox", gated=False)
        buy(ledger, "a", "0.50")
        assert claim(ledger) == [("total", "0.5")]
        assert claim(other) == claim(ledger) == []
        buy(other, "b", "0.30")
        assert claim(other) == [("total", "0.8")]
        assert claim(ledger) == []
    ledger.database.close()
    with Database(path) as again:
        assert claim(open_ledger(again, total_usd="1.00")) == []


def test_several_shares_that_are_crossed_at_once_all_fire_the_smallest_first(ledger):
    buy(ledger, "a", "0.85")
    assert claim(ledger) == [("total", "0.5"), ("total", "0.8")]
    assert claim(ledger) == []


@pytest.mark.parametrize("scope", ["total", "day", "sample", "provider:replicate", "collection:test"])
def test_every_budget_has_alerts_of_its_own(database, scope):
    ledger = open_ledger(database)
    ledger.set_limit(scope, Decimal("0.10"), margin=MARGIN)
    buy(ledger, "a", "0.06")
    assert claim(ledger) == [(scope, "0.5")]
    assert claim(ledger) == []


def test_the_money_of_one_mode_rings_no_alarm_in_the_other(database):
    sandbox, live = open_ledger(database, total_usd="0.10"), open_ledger(database, mode="live", total_usd="0.10")
    buy(sandbox, "a", "0.06")
    assert claim(live) == []
    assert claim(sandbox) == [("total", "0.5")]


def test_a_raised_limit_arms_an_alert_again_and_one_that_stays_crossed_stays_silent(ledger):
    buy(ledger, "a", "0.85")
    assert len(claim(ledger)) == 2
    ledger.set_limit("total", Decimal("1.50"), margin=MARGIN)  # 57 % are spent now
    assert claim(ledger) == []
    assert [one.share for one in ledger.alerts()] == [Decimal("0.5")]
    buy(ledger, "b", "0.35")
    assert claim(ledger) == [("total", "0.8")]


def test_a_limit_that_was_raised_and_crossed_anew_between_two_looks_fires_again(ledger):
    buy(ledger, "a", "0.50")
    assert claim(ledger) == [("total", "0.5")]
    ledger.set_limit("total", Decimal("1.20"), margin=MARGIN)
    buy(ledger, "b", "0.10")
    assert claim(ledger) == [("total", "0.5")]


def test_a_limit_raised_in_the_settings_arms_an_alert_as_well(ledger):
    buy(ledger, "a", "0.50")
    assert claim(ledger) == [("total", "0.5")]
    open_ledger(ledger.database, total_usd="1.00")
    assert claim(ledger) == []
    open_ledger(ledger.database, total_usd="1.20")
    buy(ledger, "b", "0.10")
    assert claim(ledger) == [("total", "0.5")]


def test_a_lowered_limit_is_crossed_at_once(ledger):
    buy(ledger, "a", "0.40")
    assert claim(ledger) == []
    ledger.set_limit("total", Decimal("0.50"), margin=MARGIN)
    assert claim(ledger) == [("total", "0.5"), ("total", "0.8")]


def test_every_day_has_alerts_of_its_own(database, monkeypatch):
    def at(text):
        for module in ("journal", "ledger"):
            monkeypatch.setattr(f"asset_pipeline.ledger.{module}.utc_now", lambda: datetime.fromisoformat(text))

    at("2026-06-30T23:00:00")
    ledger = open_ledger(database, daily_usd="0.10")
    buy(ledger, "a", "0.06")
    assert claim(ledger) == [("day", "0.5")]
    at("2026-07-01T00:00:00")
    assert claim(ledger) == ledger.alerts() == []
    buy(ledger, "b", "0.06")
    assert claim(ledger) == [("day", "0.5")]
    assert claim(ledger) == []
    assert [one.fired_at for one in ledger.alerts()] == [datetime.fromisoformat("2026-07-01")]


def test_only_alerts_of_limits_there_are_are_listed(database):
    ledger = open_ledger(database, collections={"test": "0.10"})
    buy(ledger, "a", "0.06")
    claim(ledger)
    assert [one.scope for one in ledger.alerts()] == ["collection:test"]
    open_ledger(database)
    assert ledger.alerts() == []


def test_without_shares_nothing_fires(ledger):
    buy(ledger, "a", "0.90")
    assert wait_for(lambda: ledger.claim_alerts(())) == []
