"""All that finding a prompt may ask, before anybody is asked: what its worst case and its estimate are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asset_pipeline.prompts.disqualify import MAX_PROMPT
from asset_pipeline.prompts.judging import judge_question
from asset_pipeline.prompts.question import Question
from asset_pipeline.prompts.render import Draft
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.prompts.writing import writer_question
from asset_pipeline.specs import WantedImage


@dataclass(frozen=True)
class Questions:
    """What finding a prompt may ask.

    Args:
        writers: One for each that may write.
        asked: How many of these are asked.
        judge: The first judging; None where nobody judges.
        again: The second judging, which may not come about; None where it never does.
    """

    writers: Sequence[Question]
    asked: int
    judge: Question | None = None
    again: Question | None = None


def competition_questions(wanted: WantedImage, draft: Draft, terms: Terms) -> Questions:
    """Return all that a competition may ask, with the longest answers that the judge may have to read."""
    settings = terms.settings
    writers = [writer_question(wanted, draft, writer, settings) for writer in terms.writers]
    if settings.asked < 2:
        return Questions(writers, settings.asked)
    longest = "x" * MAX_PROMPT
    judge = judge_question(draft, [longest] * settings.asked, settings)
    return Questions(writers, settings.asked, judge, judge if settings.rejudge_margin else None)
