"""Prompts and competitions in the database: the first one stays, and is read as it was written."""

from decimal import Decimal

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline.prompts import Candidate, Draft, Winner
from asset_pipeline.prompts.store import read_winners, save_drafts, save_winners


@pytest.fixture
def database(tmp_path):
    """An empty database."""
    with Database(tmp_path / "pipeline.duckdb") as one:
        yield one


def candidate(position, **changes):
    """Return a candidate; the first one has won."""
    values = {
        "position": position,
        "model": f"maker/{position}",
        "prompt": "Ein „Fenster“, 窓 🪟, 'quoted' \"twice\"; DROP TABLE",
        "negative_prompt": "text",
        "rationale": "Clearer.",
        "score": Decimal("7.1234"),
        "scores": {"subject": "7.5"},
        "reason": "Good.",
        "won": position == 0,
        "writer_call_id": f"w{position}",
        "judge_call_id": "j",
        "cost_usd": Decimal(0),
    }
    return Candidate(**values | changes)


def winner(key, *candidates):
    """Return a competition as it is found again."""
    first = candidates[0]
    found = (first.prompt, first.negative_prompt, first.model, first.score)
    return Winner(key, *found, candidates, Decimal(0), reused=True)


@pytest.mark.parametrize(
    "kept",
    [
        winner("k", candidate(0), candidate(1, score=Decimal("6.5"), scores={})),
        winner("k", candidate(0, score=None, scores={}, reason="", judge_call_id=None)),
    ],
    ids=["judged", "unjudged"],
)
def test_a_competition_is_read_as_it_was_kept(database, kept):
    database.submit(save_winners, ("a.icons.b", kept)).result()
    assert database.run(lambda connection: read_winners(connection, ["k", "other"])) == {"k": kept}


def test_of_two_competitions_for_the_same_prompt_in_one_batch_the_first_stays(database):
    first, second = (winner("k", candidate(0, model=model)) for model in ("a/first", "b/second"))
    database.run(lambda connection: save_winners(connection, [("a.icons.b", first), ("a.icons.c", second)]))
    assert database.run(lambda connection: read_winners(connection, ["k"]))["k"].model == "a/first"


def test_a_competition_that_another_process_kept_first_stays_and_keeping_it_again_is_no_error(database):
    first, second = (winner("k", candidate(0, model=model)) for model in ("a/first", "b/second"))
    database.submit(save_winners, ("a.icons.b", first)).result()
    database.submit(save_winners, ("a.icons.c", second)).result()
    assert database.run(lambda connection: read_winners(connection, ["k"])) == {"k": first}


def test_a_draft_is_kept_once_per_image(database):
    draft, changed = Draft("one", "k1"), Draft("two", "k2")
    rows = [("a.icons.b", draft), ("a.icons.b", draft), ("a.icons.c", draft), ("a.icons.b", changed)]
    for _ in range(2):
        database.run(lambda connection: save_drafts(connection, rows))
    kept = database.run(
        lambda connection: connection.execute(
            "SELECT image_key, content_key, prompt FROM store.prompts ORDER BY ALL"
        ).fetchall()
    )
    assert kept == [("a.icons.b", "k1", "one"), ("a.icons.b", "k2", "two"), ("a.icons.c", "k1", "one")]
