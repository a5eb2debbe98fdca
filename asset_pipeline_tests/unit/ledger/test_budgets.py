"""Limits: what the settings say, what people changed since, and which of the two counts."""

from decimal import Decimal

import pytest

from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger.budgets import check_limit, check_scope
from asset_pipeline.settings import BudgetSettings
from asset_pipeline_tests.support.ledgers import MARGIN, intent_for, open_ledger, rows, wait_for


def limits(ledger):
    """Return the limits by scope."""
    return {budget.scope: budget.limit_usd for budget in ledger.budgets()}


def test_the_settings_give_the_limits_and_the_margin_the_usable_part(database):
    ledger = open_ledger(
        database,
        total_usd="20",
        daily_usd="10",
        sample_usd="1",
        production_usd="19",
        safety_margin="0.1",
        providers={"openrouter": "3"},
        collections={"estate": "5"},
    )
    assert [(b.scope, b.limit_usd, b.usable_usd) for b in ledger.budgets()] == [
        ("total", 20, 18),
        ("day", 10, 9),
        ("sample", 1, Decimal("0.9")),
        ("production", 19, Decimal("17.1")),
        ("collection:estate", 5, Decimal("4.5")),
        ("provider:openrouter", 3, Decimal("2.7")),
    ]


def test_a_budget_says_what_is_spent_held_and_free(ledger):
    wait_for(lambda: ledger.hold(intent_for("a", "0.04")))
    total = ledger.budgets()[0]
    assert (total.scope, total.spent_usd, total.held_usd, total.free_usd) == (
        "total",
        0,
        Decimal("0.04"),
        Decimal("23.71"),
    )
    assert wait_for(ledger.abudgets) == ledger.budgets()


def test_a_live_change_outlives_settings_that_did_not_change(database):
    open_ledger(database, total_usd="20").set_limit("total", Decimal("7"), margin=MARGIN)
    ledger = open_ledger(database, total_usd="20", daily_usd="9")
    assert limits(ledger)["total"] == 7
    assert limits(ledger)["day"] == 9


def test_a_setting_that_changed_since_takes_the_place_of_a_live_change(database):
    open_ledger(database, total_usd="20").set_limit("total", Decimal("7"), margin=MARGIN)
    assert limits(open_ledger(database, total_usd="15"))["total"] == 15
    assert limits(open_ledger(database, total_usd="20"))["total"] == 20


def test_a_changed_margin_counts_for_live_changes_too(database):
    open_ledger(database).set_limit("total", Decimal("10"), margin=MARGIN)
    assert open_ledger(database, safety_margin="0.5").budgets()[0].usable_usd == 5


def test_a_limit_that_left_the_settings_is_gone_and_one_that_a_person_set_stays(database):
    ledger = open_ledger(database, collections={"estate": "5", "garden": "6"})
    ledger.set_limit("collection:garden", Decimal("2"), margin=MARGIN)
    ledger.set_limit("provider:replicate", Decimal("3"), margin=MARGIN)
    ledger.adopt_settings(BudgetSettings())
    assert set(limits(ledger)) == {
        *("total", "day", "sample", "production"),
        *("collection:garden", "provider:replicate"),
    }


def test_who_set_a_limit_is_recorded(ledger, database):
    ledger.set_limit("total", Decimal("7"), margin=MARGIN)
    assert rows(database, "SELECT scope, source FROM budgets ORDER BY scope") == [
        ("day", "settings"),
        ("production", "settings"),
        ("sample", "settings"),
        ("total", "budget set"),
    ]


@pytest.mark.parametrize(
    "scope", ["total", "day", "sample", "production", "provider:openrouter", "collection:estate-planning"]
)
def test_a_scope_that_exists_is_taken(scope):
    assert check_scope(scope) == scope


@pytest.mark.parametrize(
    "scope", ["", "Total", "day:2026-01-01", "provider:", "provider:openai", "collection:", "collection:A b", "total\n"]
)
def test_a_scope_that_does_not_exist_is_refused_with_those_that_do(ledger, scope):
    before = limits(ledger)
    with pytest.raises(SettingsError, match="there is no budget") as caught:
        ledger.set_limit(scope, Decimal(1), margin=MARGIN)
    assert "one of total, day, sample, production, provider:replicate" in caught.value.fix
    assert limits(ledger) == before


@pytest.mark.parametrize("amount", ["0.000000001", "0.01", "99.999999999"])
def test_a_limit_between_0_and_100_is_taken(amount):
    assert check_limit(Decimal(amount)) == Decimal(amount)


@pytest.mark.parametrize("amount", ["0", "-1", "100", "1e3", "0.0000000001", "99.9999999999", "NaN", "Infinity"])
def test_a_limit_that_is_not_above_0_and_below_100_is_refused(ledger, amount):
    with pytest.raises(SettingsError, match="is no limit"):
        ledger.set_limit("total", Decimal(amount), margin=MARGIN)
    assert limits(ledger)["total"] == 25
