"""What Dagster is told of a prompt: every candidate with its brief and why it lost, and what was done without."""

from decimal import Decimal
from pathlib import Path

from asset_pipeline.defs.events import events
from asset_pipeline.image_work import Asset, StageResult
from asset_pipeline.prompts import Candidate, Winner
from asset_pipeline_tests.support.wanted import wanted


def candidate(position, **changes):
    """Return a candidate; the first one has won."""
    values = {"score": Decimal(8), "scores": {}, "reason": "Good | clear.", "won": position == 0, "brief": "calm"}
    return Candidate(
        position=position, model=f"maker/{position}", prompt="A | B", negative_prompt="", rationale="",
        writer_call_id="w", judge_call_id="j", cost_usd=Decimal("0.001"), **values | changes,
    )  # fmt: skip


def metadata_of(winner):
    """Return what Dagster shows of a winner."""
    result = StageResult(wanted(), Asset.ORCHESTRATED_PROMPTS, winner, 0.1, "draft")
    (event,) = events(result, code_version="1", data=Path("data"), review_url="http://127.0.0.1:4500/i/x")
    return {name: entry.value for name, entry in event.metadata.items()}


def test_a_competition_is_shown_with_briefs_sentences_and_who_did_not_compete():
    lost = candidate(1, score=None, reason="", disqualified="refusal: it refused", brief="loud")
    shown = metadata_of(Winner("k", "A | B", "", "maker/0", Decimal(8), (candidate(0), lost), Decimal("0.004")))
    assert shown["candidates"].splitlines()[2:] == [
        r"| **maker/0** | calm | 8.00 | $0.001 | A \| B | Good \| clear. |",
        r"| maker/1 | loud | - | $0.001 | A \| B | disqualified: refusal: it refused |",
    ]
    assert not shown.keys() & {"fallback", "left_out"}


def test_what_was_fallen_back_on_and_who_was_left_out_is_said():
    winner = Winner(
        "k", "A", "", "maker/0", None, (candidate(0, score=None),), Decimal(0),
        fallback="single: 1 of 2 writers gave a usable prompt", left_out=("a/b (calm)", "c/d (loud)"),
    )  # fmt: skip
    shown = metadata_of(winner)
    assert shown["fallback"] == "single: 1 of 2 writers gave a usable prompt"
    assert shown["left_out"] == "a/b (calm), c/d (loud)"
    assert "score" not in shown
