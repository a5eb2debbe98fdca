"""What the sandbox's language models say: a writer dresses the draft up, a judge scores, the same way every time."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any

from asset_pipeline.sandbox.schema_words import fill

_OPENINGS = (
    "A composed, quietly confident rendering:",
    "Drawn with restraint and care:",
    "Seen as if engraved by a patient hand:",
    "In clear, generous shapes:",
    "Unhurried, with room to breathe:",
)
_LIGHT = (
    "soft directional light from the upper left",
    "even, shadowless light",
    "warm late-afternoon light with long, gentle falloff",
    "cool morning light that models every edge",
)
_CRAFT = (
    "crisp contours, balanced negative space, nothing superfluous",
    "a single clear focal point and a deliberate rhythm of lines",
    "fine detail where the eye rests, stillness everywhere else",
    "confident geometry, consistent stroke weight, no clutter",
)
_REASONS = (
    "Clear subject; the palette is used with purpose.",
    "Concrete and buildable, though the mood could be stronger.",
    "Fits its final size well and leaves out what would not survive reduction.",
    "Faithful to the theme; the light is described precisely.",
)


def answer_chat(body: Mapping[str, Any]) -> str:
    """Return what a model answers to a chat request.

    It is JSON where a schema was asked for, and JSON among words where the schema was only spoken of.
    """
    text = "\n".join(_words(message.get("content")) for message in body.get("messages", []))
    wanted = body.get("response_format") or {}
    schema = (wanted.get("json_schema") or {}).get("schema") or _spoken_of(text)
    rng = random.Random(f"{body.get('model')}|{text}")  # noqa: S311 - made-up words, no secret
    is_json = wanted.get("type") in ("json_schema", "json_object")
    if schema is None:
        return "{}" if is_json else "The sandbox has nothing to say to that."
    answer = json.dumps(_answer(schema, text, rng), ensure_ascii=False)
    return answer if is_json else f"Here it is:\n\n```json\n{answer}\n```"


def _words(content: Any) -> str:  # noqa: ANN401 - text, or a list of parts
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _spoken_of(text: str) -> Mapping[str, Any] | None:
    """Return the first JSON that follows the words "JSON Schema"."""
    found = re.search(r"JSON Schema[^{]*", text)
    if found is None:
        return None
    try:
        schema, _ = json.JSONDecoder().raw_decode(text, found.end())
    except ValueError:
        return None
    return schema if isinstance(schema, dict) else None


def _answer(schema: Mapping[str, Any], text: str, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    names = set(schema.get("properties", ()))
    if "verdicts" in names:
        return _judge(text, rng)
    if {"prompt", "negative_prompt"} <= names:
        return _write(text, rng)
    return fill(schema, rng)


def _write(text: str, rng: random.Random) -> dict[str, str]:
    draft = re.search(r"<draft>\s*(.*?)\s*</draft>", text, re.DOTALL)
    avoid = re.search(r"(?im)^avoid: *(.+)$", text)
    body = draft[1] if draft else text[-400:]
    prompt = f"{rng.choice(_OPENINGS)} {body} Lit by {rng.choice(_LIGHT)}; {rng.choice(_CRAFT)}."
    return {
        "prompt": " ".join(prompt.split()),
        "negative_prompt": avoid[1].strip() if avoid else "",
        "rationale": "The draft's subject comes first, then light and craft, so that nothing competes with it.",
    }


def _judge(text: str, rng: random.Random) -> dict[str, Any]:
    criteria = re.findall(r"(?m)^- (\w+):", text)
    verdicts = []
    for label, prompt in re.findall(r'(?s)<candidate label="(\w+)">\s*(.*?)\s*</candidate>', text):
        # By the text alone, not by its place or label, as a fair judge would.
        taste = random.Random(prompt)  # noqa: S311 - made-up scores, no secret
        scores = {name: round(taste.uniform(5.5, 9.5), 1) for name in criteria}
        verdicts.append({"candidate": label, "scores": scores, "reason": rng.choice(_REASONS)})
    return {"verdicts": verdicts}
