"""A ledger that does not agree with itself is told so, with the rows and what to do."""

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline.ledger.opening import connect
from asset_pipeline.ledger.soundness import disagreements
from asset_pipeline_tests.support.filled import fill

SPOILT = {
    "UPDATE store.balances SET spent_usd = spent_usd - 0.01 WHERE scope = 'total'":
        "1 budgets that are not the sum of their calls: sandbox total: spent 0.020000001",
    "DELETE FROM store.balances WHERE scope = 'total'":
        "1 budgets that are not the sum of their calls: sandbox total: spent 0",
    "INSERT INTO store.balances VALUES ('live', 'total', 1, 0)":
        "1 budgets that are not the sum of their calls: live total: spent 1",
    "UPDATE store.calls SET cost_usd = 1, scopes = [] WHERE call_id = 'call-0'":
        "calls that are not the sum of their steps: call-0",
    "UPDATE store.calls SET state = 'submitted' WHERE call_id = 'call-2'":
        "1 calls that are not the sum of their steps: call-2",
    "DELETE FROM store.entries WHERE call_id = 'call-1'":
        "1 calls that are not the sum of their steps: call-1",
    "INSERT INTO store.entries BY NAME SELECT * REPLACE ('gone' AS call_id) FROM store.entries LIMIT 1":
        "1 steps of calls that are not there: gone",
    "UPDATE store.calls SET content_key = 'content-0' WHERE call_id = 'call-2'":
        "1 things that were paid for twice: content-0",
    "UPDATE store.originals SET call_id = 'gone' WHERE content_key = 'content-1'":
        "1 originals whose call is not there: content-1",
    "DELETE FROM store.originals WHERE content_key = 'content-1'":
        "1 delivered images whose original is not there: test.icons.compass",
    "DELETE FROM store.deliveries WHERE image_key = 'test.icons.lantern'":
        "1 images that count as done and were never delivered: test.icons.lantern",
    "DELETE FROM store.collections WHERE collection = 'test'":
        "3 images of collections that are not there: test.icons.anchor; test.icons.compass; test.icons.lantern",
    "UPDATE store.approvals SET collection = 'test', ended_at = NULL":
        "1 collections with two approvals that have not ended: sandbox test",
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A connection to a ledger that agrees with itself."""
    path = tmp_path_factory.mktemp("sound") / "pipeline.duckdb"
    with Database(path) as database:
        database.run(fill)
    with connect(path) as connection:
        yield connection


def test_a_ledger_whose_rows_agree_has_nothing_to_tell(sound):
    assert list(disagreements(sound)) == []


@pytest.mark.parametrize(("spoil", "said"), SPOILT.items(), ids=SPOILT.values())
def test_rows_that_do_not_agree_are_named(sound, spoil, said):
    sound.execute("BEGIN")
    try:
        sound.execute(spoil)
        found = list(disagreements(sound))
    finally:
        sound.execute("ROLLBACK")
    assert any(said in one.what for one in found), found
    assert all(one.fix for one in found)
