"""What came of a canary: passed, failed, or still open; who is retired counts no more."""

from datetime import timedelta

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.rollout.canary import Verdict, judge_canary
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.wanted import wanted

SLUGS = ("a", "b", "c", "d", "e")
APPROVED_AT = utc_now()
BEFORE, AFTER = APPROVED_AT - timedelta(days=1), APPROVED_AT + timedelta(days=1)
KEYS = [f"test.icons.{slug}" for slug in SLUGS]


@pytest.fixture
def database(tmp_path):
    """A database that wants five images."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as one:
        Catalog(one).sync([Collection("test", "Test", "t.yaml", "0", tuple(wanted(slug=slug) for slug in SLUGS))])
        yield one


def judged(database, states, *, share=0.8, doubtful=(), policy="review", made_at=AFTER):
    """Put the images into states, with checks that some did not pass, and judge them."""

    def act(connection):
        for key, state in zip(KEYS, states, strict=True):
            retired = "now()" if state == "retired" else "NULL"
            connection.execute(
                f"UPDATE store.images SET state = $2, reason = 'why', retired_at = {retired} WHERE image_key = $1",
                [key, state],
            )
            if state == "done":
                connection.execute(
                    "INSERT INTO store.deliveries (image_key, recipe_key, prompt_key, content_key, path, sha256, bytes,"
                    " created_at) VALUES ($1, 'r', 'p', 'c', 'x', 'y', 1, $2)",
                    [key, made_at],
                )
        for key in doubtful:
            connection.execute(
                "INSERT INTO store.checks"
                " VALUES ($1, 'sharp', 'c', 1, 'px', 'at least', 2, false, $2, 'too soft', now())",
                [key, policy],
            )
        return judge_canary(connection, KEYS, since=APPROVED_AT, pass_share=share)

    return database.run(act)


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (("done",) * 5, Verdict.PASSED),
        (("done", "done", "done", "done", "failed"), Verdict.PASSED),
        (("done", "done", "done", "done", "missing"), Verdict.PASSED),
        (("done", "done", "done", "missing", "failed"), Verdict.OPEN),
        (("done", "done", "done", "failed", "failed"), Verdict.FAILED),
        (("missing", "missing", "missing", "lost", "rejected"), Verdict.FAILED),
        (("held", "missing", "missing", "missing", "missing"), Verdict.OPEN),
        (("done", "done", "retired", "retired", "retired"), Verdict.PASSED),
        (("done", "failed", "retired", "retired", "retired"), Verdict.FAILED),
    ],
)
def test_four_of_five_have_to_turn_out_well(database, states, verdict):
    assert judged(database, states).verdict is verdict


@pytest.mark.parametrize(("policy", "verdict"), [("review", Verdict.FAILED), ("warn", Verdict.PASSED)])
def test_a_doubt_counts_where_it_is_more_than_a_warning(database, policy, verdict):
    found = judged(database, ("done",) * 5, doubtful=KEYS[:2], policy=policy)
    assert found.verdict is verdict
    assert ("test.icons.a: too soft" in found.text) is (verdict is Verdict.FAILED)


@pytest.mark.parametrize(("share", "verdict"), [(0.0, Verdict.PASSED), (0.2, Verdict.PASSED), (0.6, Verdict.FAILED)])
def test_the_share_is_the_settings(database, share, verdict):
    assert judged(database, ("done", "failed", "failed", "failed", "done"), share=share).verdict is verdict


def test_what_was_made_before_the_approval_says_nothing(database):
    assert judged(database, ("done",) * 5, made_at=BEFORE).verdict is Verdict.OPEN
