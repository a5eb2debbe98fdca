"""What writers and the judge are told, and what their answers must look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from asset_pipeline.prompts.chat import Question
from asset_pipeline.prompts.render import Draft
from asset_pipeline.results import Failed
from asset_pipeline.settings import Criteria, PromptSettings
from asset_pipeline.specs import WantedImage

MIN_PROMPT, MAX_PROMPT = 40, 2500
MAX_SCORE = Decimal(10)

_WRITER = (
    "You write prompts for text-to-image models. You get a draft that says what is wanted. Write one better prompt"
    " for the same image: concrete, visual, unambiguous, at most 120 words. Keep its subject, its kind of image, its"
    " colours and everything it rules out. Answer with JSON only."
)
_JUDGE = (
    "You judge prompts for text-to-image models. You do not know who wrote them, and their order means nothing. Score"
    " each on every criterion from 0 (useless) to 10 (could not be better), using the whole scale, and give one"
    " sentence of reason. Answer with JSON only."
)
_WRITER_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["prompt", "negative_prompt", "rationale"],
    "properties": {
        "prompt": {"type": "string", "description": "The prompt."},
        "negative_prompt": {
            "type": "string",
            "description": "What must not be seen, in a few words; may be empty.",
        },
        "rationale": {"type": "string", "description": "One sentence on what you changed."},
    },
}


@dataclass(frozen=True)
class Written:
    """A writer's answer.

    Args:
        prompt: The prompt.
        negative_prompt: What must not be seen.
        rationale: What the writer was after.
    """

    prompt: str
    negative_prompt: str
    rationale: str


@dataclass(frozen=True)
class Verdict:
    """The judge's view of one candidate.

    Args:
        score: Weighted, 0 to 10.
        scores: By criterion.
        reason: In a sentence.
    """

    score: Decimal
    scores: Mapping[str, Decimal]
    reason: str


def writer_question(wanted: WantedImage, draft: Draft, model: str, settings: PromptSettings) -> Question:
    """Return what a writer is asked."""
    lines = [f"Kind of image: {wanted.type.replace('_', ' ')}, {wanted.width}x{wanted.height} pixels."]
    if wanted.theme.avoid:
        lines.append(f"Avoid: {', '.join(wanted.theme.avoid)}")
    lines.append(f"<draft>\n{draft.text}\n</draft>")
    return Question(
        kind="writer",
        model=model,
        messages=[{"role": "system", "content": _WRITER}, {"role": "user", "content": "\n".join(lines)}],
        schema_name="image_prompt",
        schema=_WRITER_SCHEMA,
        max_tokens=settings.writer_max_tokens,
    )


def judge_question(draft: Draft, prompts: Sequence[str], settings: PromptSettings) -> Question:
    """Return what the judge is asked about prompts, in the order given; it never learns who wrote them."""
    criteria = type(settings.criteria).model_fields
    lines = ["What is wanted:", f"<draft>\n{draft.text}\n</draft>", "Criteria:"]
    lines += [f"- {name}: {field.description}" for name, field in criteria.items()]
    lines += [
        f'<candidate label="{label}">\n{prompt}\n</candidate>'
        for label, prompt in zip(labels(len(prompts)), prompts, strict=True)
    ]
    return Question(
        kind="judge",
        model=settings.judge,
        messages=[{"role": "system", "content": _JUDGE}, {"role": "user", "content": "\n".join(lines)}],
        schema_name="verdict",
        schema=_judge_schema(labels(len(prompts)), settings.criteria),
        max_tokens=settings.judge_max_tokens,
    )


def labels(count: int) -> list[str]:
    """Return the names under which candidates are judged."""
    return [chr(ord("A") + index) for index in range(count)]


def _judge_schema(names: Sequence[str], criteria: Criteria) -> Mapping[str, Any]:
    fields = list(criteria.weights())
    scores = {"type": "object", "additionalProperties": False, "required": fields}
    scores["properties"] = {name: {"type": "number"} for name in fields}
    verdict = {
        "type": "object",
        "additionalProperties": False,
        "required": ["candidate", "scores", "reason"],
        "properties": {
            "candidate": {"type": "string", "enum": list(names)},
            "scores": scores,
            "reason": {"type": "string"},
        },
    }
    properties = {"verdicts": {"type": "array", "items": verdict}}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["verdicts"],
        "properties": properties,
    }


def read_written(value: Any, draft: Draft) -> Written | Failed:  # noqa: ANN401 - a model's JSON
    """Return a writer's answer, or why it is of no use."""
    if not isinstance(value, dict) or not isinstance(value.get("prompt"), str):
        return Failed("the answer is not the JSON that was asked for")
    prompt = _line(value["prompt"])
    if not MIN_PROMPT <= len(prompt) <= MAX_PROMPT:
        return Failed(f"the prompt has {len(prompt)} characters; {MIN_PROMPT} to {MAX_PROMPT} are of use")
    if prompt == draft.text:
        return Failed("the prompt is the draft, unchanged")
    return Written(
        prompt=prompt,
        negative_prompt=_line(value.get("negative_prompt")),
        rationale=_line(value.get("rationale")),
    )


def read_verdicts(value: Any, count: int, criteria: Criteria) -> list[Verdict] | Failed:  # noqa: ANN401 - a model's JSON
    """Return a verdict for each candidate in their order, or why the judge's answer is of no use."""
    given = value.get("verdicts") if isinstance(value, dict) else None
    items = given if isinstance(given, list) else []
    by_label = {str(item.get("candidate")): item for item in items if isinstance(item, dict)}
    verdicts = []
    for label in labels(count):
        item = by_label.get(label, {})
        scores = item.get("scores")
        if not isinstance(scores, dict):
            return Failed(f"the judge said nothing about candidate {label}")
        read = {name: _score(scores.get(name)) for name in criteria.weights()}
        missing = [name for name, score in read.items() if score is None]
        if missing:
            return Failed(f"the judge gave candidate {label} no score from 0 to 10 for {', '.join(missing)}")
        known = {name: score for name, score in read.items() if score is not None}
        total = sum((known[name] * weight for name, weight in criteria.weights().items()), Decimal(0))
        verdicts.append(Verdict(total, known, _line(item.get("reason"))))
    return verdicts


def _line(value: Any) -> str:  # noqa: ANN401 - a model's JSON
    """Return text in one line, without halves of characters, which neither database nor provider takes."""
    return " ".join(str(value or "").split()).encode(errors="ignore").decode()


def _score(value: Any) -> Decimal | None:  # noqa: ANN401 - a model's JSON
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        score = Decimal(str(value))
    except InvalidOperation:
        return None
    return score if score.is_finite() and 0 <= score <= MAX_SCORE else None
