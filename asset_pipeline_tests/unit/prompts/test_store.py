"""Prompts and competitions in the database: the first one stays, and is read as it was written."""

from decimal import Decimal

import pytest

from asset_pipeline.ledger import Database, migrations
from asset_pipeline.prompts import Candidate, Draft, Winner
from asset_pipeline.prompts.store import Mark, read_winners, save_drafts, save_losers, save_winners
from asset_pipeline_tests.support.ledgers import new_ledger


@pytest.fixture
def database(tmp_path):
    """An empty database."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as one:
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
        "brief": "calm",
    }
    return Candidate(**values | changes)


def winner(key, *candidates, **changes):
    """Return a competition as it is found again."""
    first = candidates[0]
    found = (first.prompt, first.negative_prompt, first.model, first.score)
    return Winner(key, *found, candidates, Decimal(0), reused=True, **changes)


def loser(position, **changes):
    """Return a candidate that did not compete."""
    unjudged = {"score": None, "scores": {}, "reason": "", "judge_call_id": None, "won": False}
    return candidate(position, **unjudged | {"disqualified": "refusal: it refused"} | changes)


MARKS = tuple(
    Mark(turn, name, Decimal("7.5"), f'Because „{name}".', f"j{turn}")
    for turn in (1, 2)
    for name in ("subject", "craft")
)


@pytest.mark.parametrize(
    "kept",
    [
        winner("k", candidate(0), candidate(1, score=Decimal("6.5"), scores={})),
        winner("k", candidate(0, score=None, scores={}, reason="", judge_call_id=None)),
        winner("k", candidate(0, marks=MARKS), candidate(1, brief=None), loser(2), left_out=("a/b (calm)",)),
        winner("k", candidate(0, score=None, scores={}, judge_call_id=None), fallback="single: for want of others"),
    ],
    ids=["judged", "unjudged", "with a loser and one left out", "fallen back on"],
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


def test_losers_of_earlier_attempts_stay_before_the_candidates_of_the_competition_that_was_won(database):
    for writer_call_id in ("first", "second"):
        database.submit(save_losers, ("k", "a.icons.b", [loser(0, writer_call_id=writer_call_id)])).result()
    database.submit(save_winners, ("a.icons.b", winner("k", candidate(0, marks=MARKS), loser(1)))).result()
    kept = database.run(lambda connection: read_winners(connection, ["k"]))["k"].candidates
    assert [(one.position, one.writer_call_id, one.won) for one in kept] == [
        (0, "first", False), (1, "second", False), (2, "w0", True), (3, "w1", False),
    ]  # fmt: skip
    assert [one.marks for one in kept] == [(), (), MARKS, ()]


def test_what_was_judged_before_scores_were_kept_one_by_one_is_kept_one_by_one_now(tmp_path, monkeypatch):
    steps = list(migrations.steps())
    monkeypatch.setattr(migrations, "steps", lambda: iter(steps[:6]))
    scores = '{{"subject": "7", "craft": "8.25"}}'
    row = "'k', {}, 'a.icons.b', 'a/b', 'p', '', '', 7.5, '" + scores + "', 'Good.', {}, 'w', {}"
    with Database(tmp_path / "old.duckdb") as old:
        for values in (row.format(0, "true", "'j'"), row.format(1, "false", "NULL")):
            sql = f"INSERT INTO store.candidates VALUES ({values}, now()::TIMESTAMP)"
            old.run(lambda connection, sql=sql: connection.execute(sql).fetchall())
    monkeypatch.setattr(migrations, "steps", lambda: iter(steps))
    with Database(tmp_path / "old.duckdb") as new:
        query = "SELECT position, round, criterion, score, reason, judge_call_id FROM main.prompt_scores ORDER BY ALL"
        assert new.run(lambda connection: connection.execute(query).fetchall()) == [
            (0, 1, "craft", Decimal("8.25"), "", "j"),
            (0, 1, "subject", Decimal(7), "", "j"),
        ]


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
