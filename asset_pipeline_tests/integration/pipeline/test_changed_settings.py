"""A run obeys what is changed in its settings while it goes on: lower and higher limits, concurrency, log level."""

import asyncio
from decimal import Decimal

import pytest
import structlog

from asset_pipeline.image_work import Asset
from asset_pipeline.images import Delivered
from asset_pipeline.logs import configure
from asset_pipeline.results import Notice, Waiting
from asset_pipeline.services import open_pipeline
from asset_pipeline_tests.support.specs import spec_of

COUNT = 10


@pytest.fixture
def edited(house):
    """Makes images, and edits `pipeline.yaml` after some have landed; returns what came, in order."""
    house.want(spec_of(COUNT))

    def settings(total_usd="20", in_flight=2, log_level="INFO", mode="sandbox", more=""):
        (house.project.root / "pipeline.yaml").write_text(
            f"mode: {mode}\nlog_level: {log_level}\nbudget: {{total_usd: {total_usd}, sample_usd: 20}}\n"
            f"images: {{in_flight: {in_flight}}}\nprompts: {{mode: template}}\n{more}"
        )

    def run(edits, **at_first):
        settings(**at_first)

        async def work():
            items, landed = [], 0
            async with open_pipeline(house.open()) as pipeline:
                async for item in pipeline.run(
                    list(pipeline.catalog.images()), [Asset.GENERATED_IMAGES, *list(Asset)[:2]]
                ):
                    items.append(item)
                    landed += isinstance(getattr(item, "payload", None), Delivered)
                    if landed in edits:
                        edit = edits.pop(landed)
                        edit() if callable(edit) else settings(**edit)
            return items

        return asyncio.run(work())

    return run


def delivered(items):
    return sum(isinstance(getattr(item, "payload", None), Delivered) for item in items)


def waiting(items):
    return [item.payload for item in items if isinstance(getattr(item, "payload", None), Waiting)]


def notices(items):
    return [item.message for item in items if isinstance(item, Notice)]


def test_a_lowered_limit_lets_no_further_call_through(edited, house):
    items = edited({3: {"total_usd": "0.01"}})
    assert delivered(items) < COUNT
    assert delivered(items) + len(waiting(items)) == COUNT
    assert {(one.refused.scope, one.refused.limit_usd) for one in waiting(items)} == {("total", Decimal("0.01"))}
    # What was held when the file was written may land: two at a time, and the one that saw it.
    assert 3 <= delivered(items) <= 3 + 2 * 2
    assert house.spent == delivered(items) * Decimal("0.04")


def test_a_raised_limit_lets_the_rest_through(edited, house):
    """Without the edit, the limit lets four of them through."""
    items = edited({2: {"total_usd": "20"}}, total_usd="0.17")
    assert delivered(items) == COUNT
    assert waiting(items) == []


def test_a_limit_that_is_not_raised_stops_it(edited):
    assert delivered(edited({}, total_usd="0.17")) == 4


def test_a_broken_file_is_said_once_and_the_old_limits_hold(edited, house):
    with structlog.testing.capture_logs() as logged:
        items = edited({2: {"more": "budgett: {}\n"}, 6: {"total_usd": "0", "more": "\n"}}, total_usd="19")
    assert delivered(items) == COUNT
    first, second = notices(items)
    assert "refused, and those from before hold" in first
    assert "pipeline.yaml:6: budgett: there is no such setting" in first
    assert "pipeline.yaml:3: budget.total_usd = 0" in second
    assert [one["log_level"] for one in logged if one["event"] in (first, second)] == ["warning", "warning"]
    assert house.project.rows("SELECT limit_usd FROM budgets WHERE scope = 'total'") == [(19,)]


def test_what_cannot_change_in_a_run_is_named_and_waits(edited, house):
    items = edited({2: {"more": "data_dir: other\nreplicate: {base_url: 'http://127.0.0.1:9/v1'}\n"}})
    assert delivered(items) == COUNT
    assert notices(items) == ["data_dir, replicate.base_url: the change takes effect at the next start"]
    assert not (house.project.root / "other").exists()


def test_more_may_wait_for_a_provider_at_once_from_the_next_call_on(edited, house):
    items = edited({1: {"in_flight": 6}}, in_flight=1)
    assert delivered(items) == COUNT
    rows = house.project.rows("SELECT created_at, updated_at FROM calls")
    assert max(sum(start <= began < end for start, end in rows) for began, _ in rows) > 2


def test_the_log_level_changes(edited, capsys):
    configure("WARNING", follows_settings=True)
    try:
        edited({2: {"log_level": "DEBUG"}, 8: lambda: structlog.get_logger("a").debug("seen now")})
    finally:
        structlog.reset_defaults()
    assert "seen now" in capsys.readouterr().err
