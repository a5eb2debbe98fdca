"""What the sandbox's language models say: a writer dresses the draft up, a judge scores, the same way every time."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any

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
    """Return what a model answers to a chat request; it is JSON where a schema was asked for."""
    text = "\n".join(str(message.get("content", "")) for message in body.get("messages", []))
    schema = (body.get("response_format") or {}).get("json_schema") or {}
    rng = random.Random(f"{body.get('model')}|{text}")  # noqa: S311 - made-up words, no secret
    if schema.get("name") == "image_prompt":
        return _write(text, rng)
    if schema.get("name") == "verdict":
        return _judge(text, rng)
    return "The sandbox has nothing to say to that."


def _write(text: str, rng: random.Random) -> str:
    draft = re.search(r"<draft>\s*(.*?)\s*</draft>", text, re.DOTALL)
    avoid = re.search(r"(?im)^avoid: *(.+)$", text)
    body = draft[1] if draft else text[-400:]
    prompt = f"{rng.choice(_OPENINGS)} {body} Lit by {rng.choice(_LIGHT)}; {rng.choice(_CRAFT)}."
    answer = {
        "prompt": " ".join(prompt.split()),
        "negative_prompt": avoid[1].strip() if avoid else "",
        "rationale": "The draft's subject comes first, then light and craft, so that nothing competes with it.",
    }
    return json.dumps(answer, ensure_ascii=False)


def _judge(text: str, rng: random.Random) -> str:
    criteria = re.findall(r"(?m)^- (\w+):", text)
    verdicts = []
    for label, prompt in re.findall(r'(?s)<candidate label="(\w+)">\s*(.*?)\s*</candidate>', text):
        # By the text alone, not by its place or label, as a fair judge would.
        taste = random.Random(prompt)  # noqa: S311 - made-up scores, no secret
        scores = {name: round(taste.uniform(5.5, 9.5), 1) for name in criteria}
        verdicts.append({"candidate": label, "scores": scores, "reason": rng.choice(_REASONS)})
    return json.dumps({"verdicts": verdicts}, ensure_ascii=False)
