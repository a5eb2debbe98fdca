"""What a person said of the picture before, as writers and judge are told it."""

from __future__ import annotations

from asset_pipeline.prompts.render import Draft


def said_by_person(draft: Draft) -> list[str]:
    """Return the lines of a question that hold a person's note; none where there is none.

    The note is the client's word, and so it is followed where the draft says otherwise.
    """
    if not draft.note:
        return []
    told = "A person saw a picture made for this draft and sent it back. What they want changed comes before the draft:"
    return [told, f"<note>\n{draft.note}\n</note>"]
