"""The page of the money says what the ledger says, to the last digit, and nothing in it can become a script."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from asset_pipeline.ledger import Database, Outcome, State
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import show
from asset_pipeline.review.charts import MoneyPage
from asset_pipeline.review.money_facts import price_classes, read_money
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import intent_for, new_ledger, open_ledger, rows, sums, take, wait_for
from asset_pipeline_tests.support.pages import assert_keeps_the_policy, client_of, render
from asset_pipeline_tests.support.wanted import wanted

EVIL = '"><script>alert(1)</script>'


@pytest.fixture
def ledger(tmp_path):
    """A ledger with two collections and no call."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as database:
        images = tuple(wanted(slug=slug) for slug in "abc")
        other = (wanted(collection="other"),)
        Catalog(database).sync([Collection("test", "", "t", "0", images), Collection("other", "", "o", "0", other)])
        yield open_ledger(database)


def buy(ledger, key, cost, *states, usd="0.1", outcome=Outcome.SUCCEEDED, **changes):
    held = wait_for(lambda: ledger.hold(intent_for(key, usd, **changes)))
    if not states:
        take(ledger, held.call_id, State.SUBMITTED)
        take(ledger, held.call_id, State.SETTLED, cost_usd=Decimal(cost), outcome=outcome)
    take(ledger, held.call_id, *states)
    return held.call_id


def facts(ledger, collection=None):
    return ledger.database.run(lambda c: read_money(c, mode=ledger.mode, collection=collection))


def page(ledger, query=""):
    answer = client_of(MoneyPage(ledger.database, mode=ledger.mode, render=render).routes()).get(f"/money{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_every_split_adds_up_to_what_the_budgets_say_to_the_last_digit(ledger):
    buy(ledger, "a", "0.012345678", model="x/one")
    buy(ledger, "b", "0.000000001", model="x/two", kind="writer", provider="openrouter")
    buy(ledger, "c", "", State.UNKNOWN, usd="0.03", kind="judge", provider="openrouter")
    found = facts(ledger)
    spent, held = sums(ledger.database)["budgets"]["total"]
    assert (found.spent_usd, found.held_usd) == (spent, held) == (Decimal("0.012345679"), Decimal("0.03"))
    for split in (found.by_type, found.by_model, found.by_kind):
        assert sum(one.spent_usd for one in split) == spent
        assert sum(one.held_usd for one in split) == held
    assert [one.name for one in found.by_kind] == ["image", "writer", "judge"]
    assert found.cumulative[-1][1] == sum(value for _, value in found.by_day) == spent
    assert found.unknown == dict.fromkeys(("total", "day", "sample", "provider:openrouter", "collection:test"), held)


def test_one_collection_is_counted_alone(ledger):
    buy(ledger, "a", "0.04")
    buy(ledger, "x", "0.07", image_key="other.covers.x", collection="other")
    assert facts(ledger, "other").spent_usd == Decimal("0.07")
    assert [one.name for one in facts(ledger, "other").by_type] == ["covers"]
    assert facts(ledger).spent_usd == Decimal("0.11")


def test_the_other_modes_money_is_not_shown(ledger):
    buy(open_ledger(ledger.database, mode="live"), "a", "0.04")
    assert (facts(ledger).calls, facts(ledger).cumulative) == (0, ())


def test_a_day_without_spending_is_there_with_nothing(ledger):
    first, today = buy(ledger, "a", "0.04"), utc_now().date()
    buy(ledger, "b", "0.02")
    ledger.database.run(
        lambda c: (
            c.execute("UPDATE store.calls SET created_at = created_at - INTERVAL 2 DAY WHERE call_id = $1", [first])
            and None
        )
    )
    days = [today - timedelta(days=2), today - timedelta(days=1), today]
    assert facts(ledger).by_day == tuple(zip(days, (Decimal("0.04"), 0, Decimal("0.02")), strict=True))


def test_very_many_steps_become_a_line_of_a_few_points_that_ends_at_the_sum(ledger):
    for number in range(100):
        buy(ledger, f"n{number}", "0.000000001")
    found = facts(ledger)
    assert 1 < len(found.cumulative) <= 60
    assert found.cumulative[-1][1] == Decimal("0.000000100")
    values = [value for _, value in found.cumulative]
    assert values == sorted(values)


def test_the_cost_of_a_finished_image_has_all_its_calls_in_it(ledger):
    buy(ledger, "a", "0.04")
    buy(ledger, "a2", "0.01", image_key="test.icons.a", kind="writer")
    buy(ledger, "b", "0.02")
    ledger.database.run(
        lambda c: c.execute("UPDATE store.images SET state = 'done' WHERE image_key LIKE '%a'") and None
    )
    assert (facts(ledger).finished, facts(ledger).finished_usd) == (1, Decimal("0.05"))


def test_prices_are_counted_in_classes_with_round_bounds():
    costs = [Decimal(one) for one in ("0.031", "0.032", "0.05", "0.099")]
    found = price_classes(costs)
    assert sum(one.images for one in found) == 4
    assert found[0].low_usd == Decimal("0.03")
    assert {one.high_usd - one.low_usd for one in found} == {Decimal("0.01")}
    assert price_classes([]) == ()
    assert [one.images for one in price_classes([Decimal("0.04")] * 3)] == [3]
    assert [one.images for one in price_classes([Decimal(0)])] == [1]


def test_the_page_shows_limits_charts_and_the_same_amounts_as_tables(ledger):
    buy(ledger, "a", "0.012345678")
    shown = assert_keeps_the_policy(page(ledger))
    assert "$0.012345678 spent on all collections, with 1 paid calls" in shown.text
    assert [one["role"] for one in shown.all("svg")] == ["img"] * 5
    spent, *_ = sums(ledger.database)["budgets"]["total"]
    assert shown.text.count(show(spent)) > 10
    for scope, limit, usable in rows(ledger.database, "SELECT scope, limit_usd, usable_usd FROM budgets"):
        assert scope in shown.text
        assert show(limit) in shown.text
        assert show(usable) in shown.text


def test_what_is_unknown_is_listed_with_its_calls(ledger):
    call_id = buy(ledger, "a", "", State.UNKNOWN, usd="0.03")
    shown = assert_keeps_the_policy(page(ledger))
    assert "Unknown outcome: 1 call" in shown.text
    assert call_id in shown.text
    assert "$0.03 unknown" in shown.text


def test_names_cannot_put_anything_into_the_page(ledger):
    buy(ledger, "a", "0.04", model=EVIL, kind=EVIL, image_key=f"test.{EVIL}.a")
    buy(ledger, "b", "", State.UNKNOWN, model=EVIL)
    shown = assert_keeps_the_policy(page(ledger))
    assert [one for one in shown.all("script") if not one.get("src")] == []
    assert EVIL in shown.text


def test_an_unknown_collection_is_said_with_the_nearest_that_there_is(ledger):
    answer = client_of(MoneyPage(ledger.database, mode="sandbox", render=render).routes()).get("/money?collection=tset")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("there is no collection 'tset'; did you mean 'test'")


def test_before_anything_was_spent_the_page_says_so(ledger):
    shown = assert_keeps_the_policy(page(ledger, "?collection=other"))
    assert "Nothing has been asked of a provider yet for other, so nothing was spent." in shown.text
    assert shown.all("svg") == []


def test_a_day_is_told_in_the_table_as_it_is(ledger):
    buy(ledger, "a", "0.04")
    today: date = utc_now().date()
    assert f"{today:%Y-%m-%d} $0.04" in assert_keeps_the_policy(page(ledger)).text
