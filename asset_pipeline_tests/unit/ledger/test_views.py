"""The views that others read: their names, their columns, and that every dollar has an owner in them."""

from decimal import Decimal

import pytest

from asset_pipeline.ledger import Outcome, State
from asset_pipeline.specs import Catalog
from asset_pipeline.specs.loader import require_specs
from asset_pipeline_tests.support.ledgers import intent_for, rows, take, wait_for
from asset_pipeline_tests.support.specs import spec_of

COLUMNS = {
    "ledger": {
        *("call_id", "image_key", "provider", "model", "state", "held_usd", "cost_usd", "provider_call_id"),
        *("entry_id", "reason", "actor", "answer_sha256", "mode", "created_at"),
    },
    "calls": {
        *("call_id", "image_key", "provider", "model", "state", "held_usd", "cost_usd", "provider_call_id"),
        *("content_key", "collection", "kind", "stage", "outcome", "worst_usd", "price", "request", "mode"),
        *("run_id", "created_at", "updated_at"),
    },
    "budgets": {"mode", "scope", "limit_usd", "usable_usd", "spent_usd", "held_usd", "source"},
    "images": {
        *("image_key", "collection", "type", "slug", "title", "state", "reason", "model", "width", "height", "format"),
        *("path", "sha256", "content_key", "cost_usd", "held_usd", "created_at"),
    },
    "prompt_candidates": {
        *("image_key", "content_key", "call_id", "model", "prompt", "score", "won", "cost_usd", "created_at"),
        *("position", "scores", "reason", "judge_call_id", "brief", "disqualified", "mode"),
    },
    "prompt_scores": {
        *("image_key", "content_key", "position", "round", "model", "brief", "criterion", "score", "reason"),
        *("judge_model", "judge_call_id", "answer_sha256", "mode", "created_at"),
    },
    "call_metrics": {
        *("sent_at", "mode", "provider", "model", "kind", "endpoint", "call_id", "image_key", "collection", "run_id"),
        *("is_paid", "attempt", "queue_wait_s", "response_s", "sent_bytes", "received_bytes", "status", "error", "ok"),
        *("state", "outcome", "cost_usd"),
    },
    "loop_blocking": {
        *("run_id", "mode", "started_at", "ended_at", "samples", "p99_ms", "max_ms", "stalls"),
        *("max_cpu_ms", "cpu_stalls"),
    },
    "reviews": {"image_key", "collection", "decision", "note", "reviewer", "created_at"},
    "legacy_records": {
        *("record_id", "collection", "kind", "source_file", "line", "title", "asset_type", "status", "is_trusted"),
        *("cost_usd", "occurred_at", "payload", "imported_at"),
    },
    "legacy_spending": {"collection", "source_file", "kind", "asset_type", "status", "entries", "cost_usd"},
    "legacy_images": {
        *("sha256", "source_file", "collection", "path", "bytes", "width", "height", "format", "image_key"),
        *("is_adopted", "cost_usd", "why", "imported_at"),
    },
}
IMAGE = "test.icons.lantern"


def spend(ledger, key, usd, *, outcome=Outcome.SUCCEEDED, **changes):
    """Buy something for the image, and return the call's id."""
    call_id = wait_for(lambda: ledger.hold(intent_for(key, "0.04", image_key=IMAGE, **changes))).call_id
    take(ledger, call_id, State.SUBMITTED, provider_call_id=f"id-{key}")
    take(ledger, call_id, State.SETTLED, cost_usd=Decimal(usd), outcome=outcome)
    return call_id


@pytest.mark.parametrize("view", COLUMNS)
def test_a_view_has_the_columns_that_are_promised(ledger, view):
    found = {column for (column, *_) in rows(ledger.database, f"DESCRIBE SELECT * FROM {view}")}
    assert found >= COLUMNS[view]


@pytest.mark.parametrize("view", COLUMNS)
def test_amounts_in_views_are_exact(ledger, view):
    types = {name: kind for name, kind, *_ in rows(ledger.database, f"DESCRIBE SELECT * FROM {view}")}
    assert {kind for name, kind in types.items() if name.endswith("_usd")} <= {"DECIMAL(18,9)"}


def test_a_call_and_its_entries_can_be_followed(ledger, database):
    call_id = spend(ledger, "a", "0.03")
    assert rows(
        database,
        "SELECT call_id, image_key, provider, model, state, held_usd, cost_usd, provider_call_id, content_key"
        " FROM calls",
    ) == [(call_id, IMAGE, "replicate", "maker/model", "settled", 0, Decimal("0.03"), "id-a", "a")]
    entries = "SELECT call_id, image_key, state, held_usd, cost_usd, provider_call_id FROM ledger ORDER BY entry_id"
    assert rows(database, entries) == [
        (call_id, IMAGE, "held", Decimal("0.04"), 0, "id-a"),
        (call_id, IMAGE, "submitted", 0, 0, "id-a"),
        (call_id, IMAGE, "settled", Decimal("-0.04"), Decimal("0.03"), "id-a"),
    ]


def test_an_image_costs_the_sum_of_all_calls_made_for_it_the_failed_ones_too(ledger, database, tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(spec_of(2), encoding="utf-8")
    Catalog(database).sync(require_specs([spec], root=tmp_path, max_file_mb=1))
    spend(ledger, "writer", "0.001", kind="writer", provider="openrouter")
    spend(ledger, "judge", "0.002", kind="judge", provider="openrouter")
    spend(ledger, "image", "0.01", outcome=Outcome.FAILED)
    spend(ledger, "image", "0.04")
    wait_for(lambda: ledger.hold(intent_for("another", "0.05", image_key=IMAGE)))
    assert rows(database, "SELECT image_key, cost_usd, held_usd, calls FROM images ORDER BY position") == [
        (IMAGE, Decimal("0.053"), Decimal("0.05"), 5),
        ("test.icons.compass", 0, 0, 0),
    ]


def test_the_budgets_view_says_what_the_ledger_says(ledger, database):
    spend(ledger, "a", "0.03")
    wait_for(lambda: ledger.hold(intent_for("b", "0.04")))
    view = rows(database, "SELECT scope, limit_usd, usable_usd, spent_usd, held_usd FROM budgets ORDER BY scope")
    assert view == sorted(
        (one.scope, one.limit_usd, one.usable_usd, one.spent_usd, one.held_usd) for one in ledger.budgets()
    )
    assert view[0] == ("day", 25, Decimal("23.75"), Decimal("0.03"), Decimal("0.04"))
