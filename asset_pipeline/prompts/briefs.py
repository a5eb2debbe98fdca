"""What each writer is after: briefs that really differ, so that a competition is one of ideas and not only of models.

They are settings, `prompts.briefs`, and not files beside the master prompts: a brief is a few sentences, and means
something only beside the list of writers that it is matched with by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asset_pipeline.settings.prompts import PromptSettings

BUILT_IN: Mapping[str, str] = {
    "emotional_depth": (
        "Feeling. Ask what somebody carries in them who comes to this page, and what should be lighter when they leave."
        " Find the one gesture, light or trace of use that says it without a face, a word or a tear, and build the"
        " picture around it."
    ),
    "brand_and_craft": (
        "Craft. Make it look like the work of one house with a long memory: name the materials, how they are joined"
        " and finished, how the palette sits on them, and where the light lies. Nothing generic, nothing showy."
    ),
    "technical_precision": (
        "Precision. Write as to an engraver who will do exactly what you say: one subject, its view, its place in the"
        " frame, the ground, edges, stroke, light, and how much stays empty at the final size. Leave no word to taste."
    ),
    "composition": (
        "Composition. Decide first where the eye enters, rests and leaves: masses, axes, rhythm, the empty space. Then"
        " let subject, light and colour serve that one arrangement, and leave out whatever does not."
    ),
    "symbol": (
        "Symbol. Look for the single object that stands for all of it, seen from an unexpected side and known at once."
        " No cliché of its trade, no second object to explain the first."
    ),
    "light_and_colour": (
        "Light. Treat the palette as light and not as paint: its source, direction and warmth, what it touches, what it"
        " leaves in shade, and which one accent is allowed to be bright."
    ),
    "restraint": (
        "Restraint. Take away until only what cannot be missed is left, and say plainly what that is. The fewest"
        " words, shapes and colours that still mean this and nothing else."
    ),
    "place_and_story": (
        "Place. Put the thing where it lives and catch the moment just before or after something happens: what was set"
        " down here, what has been used, what waits. One moment, no plot."
    ),
}


@dataclass(frozen=True)
class Brief:
    """What a writer is after.

    Args:
        name: For people and the records; no writer and no judge is told it.
        text: What the writer is told.
    """

    name: str
    text: str


@dataclass(frozen=True)
class Writer:
    """Who writes a prompt.

    Args:
        model: As OpenRouter names it.
        brief: What it is after; of its position among the writers, so it keeps it whoever else is asked.
    """

    model: str
    brief: Brief

    @property
    def identity(self) -> tuple[str, str]:
        """Its model and its brief's name, as they are recorded."""
        return self.model, self.brief.name

    @property
    def named(self) -> str:
        """The same for people."""
        return f"{self.model} ({self.brief.name})"


def writers_of(settings: PromptSettings) -> tuple[Writer, ...]:
    """Return who may write, in order, each with the brief of its position."""
    if settings.mode == "template":
        return ()
    names = settings.writers[:1] if settings.mode == "single" else settings.writers
    texts = {**settings.briefs, **{name: text for name, text in BUILT_IN.items() if name not in settings.briefs}}
    briefs = (Brief(name, text) for name, text in texts.items())
    return tuple(Writer(model, brief) for model, brief in zip(names, briefs, strict=False))
