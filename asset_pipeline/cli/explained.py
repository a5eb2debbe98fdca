"""Shows what a prompt was made from, and why: template, tier, tone, symbol, style, and what the model wants to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asset_pipeline.cli.output import complain, say, say_table
from asset_pipeline.errors import SetupError
from asset_pipeline.project import Project
from asset_pipeline.prompts.guides import Choice
from asset_pipeline.prompts.render import Explained, PromptRenderer
from asset_pipeline.results import Failed
from asset_pipeline.specs import Collection, WantedImage
from asset_pipeline.suggestions import suggest


def renderer_of(project: Project) -> PromptRenderer:
    """Return what renders a project's prompts."""
    return PromptRenderer(project.paths.folder(project.paths.prompts))


def wanted_image(collections: Sequence[Collection], key: str) -> WantedImage:
    """Return the image of a key.

    Raises:
        SetupError: No spec wants it.
    """
    images = {image.key: image for one in collections for image in one.images}
    if key not in images:
        near = suggest(key, images).partition(" Allowed")[0].rstrip(";")
        raise SetupError(f"no spec wants an image {key!r}{near}", fix="asset-pipeline status shows the keys there are")
    return images[key]


def say_explained(key: str, explained: Explained) -> None:
    """Print why an image's prompt is as it is."""
    say(f"{key}\n")
    rows = [["template", _text(explained.template), ""]]
    rows += [[name, _text(_value(choice)), _why(choice)] for name, choice in _choices(explained)]
    if not isinstance(explained.style, Failed):
        rows += [["style", f"{name}: {element}", ""] for name, element in explained.style.items()]
    advice = explained.advice
    rows.append(["model", f"{advice.family}, {advice.wants}", advice.tip])
    say_table(["", "", "why"], rows)
    draft = explained.draft
    if isinstance(draft, Failed):
        complain(f"\n{draft.reason}")
        return
    say(f"\n{draft.text}")
    if draft.negative_prompt:
        say(f"\nnegative prompt: {draft.negative_prompt}")
    say(f"\n{len(draft.text.split())} words, {len(draft.text)} characters")
    if advice.max_chars and len(draft.text) > advice.max_chars:
        say(f"note: {advice.family} reads {advice.max_chars} characters of it")


def explained_json(key: str, explained: Explained) -> dict[str, Any]:
    """Return why an image's prompt is as it is, as JSON."""
    draft = explained.draft
    problem = draft.reason if isinstance(draft, Failed) else None
    style = explained.style
    return {
        "key": key,
        "template": _text(explained.template),
        **{name: {"value": _value(choice), "why": _why(choice)} for name, choice in _choices(explained)},
        "style": None if isinstance(style, Failed) else dict(style),
        "model": vars(explained.advice),
        "prompt": None if isinstance(draft, Failed) else draft.text,
        "negative_prompt": None if isinstance(draft, Failed) else draft.negative_prompt,
        "problem": problem,
    }


def _choices(explained: Explained) -> Sequence[tuple[str, Choice | Failed]]:
    return [(name, getattr(explained, name)) for name in ("tier", "tone", "symbol")]


def _value(choice: Choice | Failed) -> str | None:
    return None if isinstance(choice, Failed) else choice.value


def _why(choice: Choice | Failed) -> str:
    return choice.reason if isinstance(choice, Failed) else choice.why


def _text(value: str | Failed | None) -> str:
    return "?" if isinstance(value, Failed) else str(value or "none")
