"""The alarm of real runs: every alert is said once, wherever it should be, and no webhook can harm a run."""

import socket
from decimal import Decimal

import pytest
import structlog

from asset_pipeline.alarm import Webhook
from asset_pipeline.connect import webhook_of
from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger import Database, Ledger
from asset_pipeline.services import open_ledger
from asset_pipeline_tests.support.hooks import served_hook
from asset_pipeline_tests.support.ledgers import MARGIN, wait_for
from asset_pipeline_tests.support.specs import spec_of

# One picture is $0.04, and its prompt a part of a cent: the second one passes half of this, nothing else is passed.
TIGHT = {"total_usd": "0.15"}


@pytest.fixture
def hook():
    """A webhook that is served."""
    with served_hook() as one:
        yield one


def test_a_run_says_each_alert_once_and_later_runs_say_nothing(house, hook):
    house.want(spec_of(2))
    with structlog.testing.capture_logs() as logged:
        house.make_all(budget=TIGHT | {"alert_webhook_url": hook.url})
        house.make_all(budget=TIGHT | {"alert_webhook_url": hook.url})
    (alert,) = house.alerts
    assert (alert.scope, alert.share, alert.limit_usd) == ("total", Decimal("0.5"), Decimal("0.15"))
    assert Decimal("0.075") <= alert.spent_usd <= house.spent
    assert [(one["log_level"], one["event"]) for one in logged if one["event"] != "paid call"] == [
        ("warning", alert.message)
    ]
    (body,) = hook.got
    assert body == {
        "text": alert.message,
        "mode": "sandbox",
        "scope": "total",
        "share": "0.5",
        "limit_usd": "0.15",
        "spent_usd": f"{alert.spent_usd.normalize():f}",
        "fired_at": f"{alert.fired_at.isoformat()}Z",
    }


def test_a_limit_that_is_raised_and_crossed_anew_is_said_again(house, hook):
    house.want(spec_of(2))
    house.make_all(budget=TIGHT | {"alert_webhook_url": hook.url})
    opened = house.open(budget=TIGHT)
    with Database(opened.paths.database) as database:
        open_ledger(opened, database).set_limit("total", Decimal("0.24"), margin=MARGIN)
    house.want(spec_of(4))
    house.make_all(budget=TIGHT | {"alert_webhook_url": hook.url})
    assert [(one.scope, one.limit_usd) for one in house.alerts] == [
        ("total", Decimal("0.15")),
        ("total", Decimal("0.24")),
    ]
    assert [body["limit_usd"] for body in hook.got] == ["0.15", "0.24"]


def test_a_dead_webhook_harms_nothing_and_its_secret_is_not_logged(house):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/secret"
    house.want(spec_of(2))
    with structlog.testing.capture_logs() as logged:
        made = house.make_all(budget=TIGHT | {"alert_webhook_url": url})
    assert len(made) == 2
    assert len(house.alerts) == 1
    (failure,) = [one for one in logged if "webhook" in one["event"]]
    assert failure["host"] == "127.0.0.1"
    assert failure["reason"]
    assert "secret" not in str(logged)


def test_a_webhook_that_answers_with_an_error_or_never_is_logged_and_asked_no_second_time(house, hook):
    hook.status = 500
    house.want(spec_of(2))
    with structlog.testing.capture_logs() as logged:
        house.make_all(budget=TIGHT | {"alert_webhook_url": hook.url})
    assert len(hook.got) == 1
    assert [one["reason"] for one in logged if "webhook" in one["event"]] == ["it answered HTTP 500"]
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        webhook = webhook_of(house.open(budget={"alert_webhook_url": f"http://127.0.0.1:{silent.getsockname()[1]}"}))
        quick = Webhook(webhook._url, webhook._transport, timeout_s=0.05)
        with structlog.testing.capture_logs() as logged:
            wait_for(lambda: quick.post(house.alerts[0], mode="sandbox"))
    assert [one["event"] for one in logged] == ["alert not delivered to the webhook"]


def test_without_shares_a_run_says_nothing(house, hook):
    house.want(spec_of(2))
    house.make_all(budget=TIGHT | {"alerts": [], "alert_webhook_url": hook.url})
    assert house.alerts == hook.got == []


def test_a_ledger_that_is_busy_at_every_look_harms_no_image_and_the_next_run_says_the_alert(house, monkeypatch):
    house.want(spec_of(2))

    async def busy(*_):
        raise LedgerBusyError("another process has kept it locked")

    with monkeypatch.context() as patch, structlog.testing.capture_logs() as logged:
        patch.setattr(Ledger, "claim_alerts", busy)
        assert len(house.make_all(budget=TIGHT)) == 2
    assert house.alerts == []
    assert {one["reason"] for one in logged if "budget goes down" in one["event"]} == {
        "another process has kept it locked"
    }
    house.make_all(budget=TIGHT)
    assert [alert.scope for alert in house.alerts] == ["total"]
