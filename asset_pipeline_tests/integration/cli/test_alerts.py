"""`run` and `status` on budgets that go down: alerts, and images that are made with less."""

import io
import re

import pytest
import structlog
from rich.console import Console

from asset_pipeline.cli import progress
from asset_pipeline.logs import configure
from asset_pipeline_tests.support.hooks import served_hook
from asset_pipeline_tests.support.specs import spec_of

CHEAPER = '{"recraft-ai/recraft-v3": "black-forest-labs/flux-schnell"}'
HALF = "budget 'total': 50 % of its limit is spent, $0.0"


@pytest.fixture
def tight(served_project):
    """A project whose second image passes half of the total."""
    served_project.spec(spec_of(2))
    served_project.set(budget__total_usd="0.15")
    return served_project


def test_run_says_an_alert_once_and_status_lists_it(tight, run_in):
    with served_hook() as hook:
        tight.set(budget__alert_webhook_url=hook.url)
        first = run_in(tight, "run")
        assert first.code == 0, first.err
        assert run_in(tight, "run").code == 0
    assert first.out.count(HALF) == 1
    assert [body["scope"] for body in hook.got] == ["total"]
    (alert,) = run_in(tight, "status", "--json").json["money"]["alerts"]
    assert alert.items() >= {"scope": "total", "share": "0.5", "limit": "0.15"}.items()
    assert alert["fired_at"].endswith("Z")
    assert HALF in run_in(tight, "status").out


def test_run_as_json_lists_its_alerts_and_prints_nothing_else(tight, run_in):
    first = run_in(tight, "run", "--json")
    (said,) = first.json["alerts"]
    assert said.startswith(HALF)
    assert run_in(tight, "run", "--json").json["alerts"] == []


def test_a_raised_limit_takes_its_alert_from_status(tight, run_in):
    run_in(tight, "run")
    assert run_in(tight, "budget", "set", "total", "5").code == 0
    assert run_in(tight, "status", "--json").json["money"]["alerts"] == []


def test_run_says_what_was_made_with_less_and_running_again_costs_nothing(tight, run_in):
    tight.set(budget__total_usd="0.06", budget__degrade='["cheaper_model"]', budget__cheaper_models=CHEAPER)
    tight.set(prompts__rejudge_margin="0")
    ran = run_in(tight, "run")
    assert ran.code == 0, ran.err
    assert "1 made with less than the spec wants, as budget.degrade allows:" in ran.out
    assert "cheaper_model (black-forest-labs/flux-schnell): in full it needs up to $0.04" in ran.out
    assert "cheaper_model left out, as the budget is short" in ran.err
    models = "SELECT model, count(*) FROM calls WHERE kind = 'image' GROUP BY model ORDER BY model"
    bought = tight.rows(models)
    assert bought == [("black-forest-labs/flux-schnell", 1), ("recraft-ai/recraft-v3", 1)]
    again = run_in(tight, "run", "--json")
    assert again.json["images"]["up_to_date"] == 2
    assert tight.rows(models) == bought


def test_alerts_and_log_lines_come_above_the_live_line_which_goes_on(monkeypatch):
    printed = io.StringIO()
    monkeypatch.setattr(progress, "console", Console(file=printed, force_terminal=True, width=120))
    configure("WARNING")
    try:
        with progress.Progress(2, spent=0.0, limit=0.1, quiet=False) as line:
            line.land("a", "done", "", 0.04)
            line.alert("budget 'total': 50 % of its limit is spent")
            structlog.get_logger().warning("one_writer left out")
            line.land("b", "done", "", 0.04)
    finally:
        structlog.reset_defaults()
    lines = [text for text in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", printed.getvalue()).splitlines() if text]
    assert any(text.strip() == "budget 'total': 50 % of its limit is spent" for text in lines)
    assert any("one_writer left out" in text and "images" not in text for text in lines)
    assert "2 done" in lines[-1]
