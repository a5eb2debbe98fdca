"""What the sandbox's language models say: writers of different skill dress the draft up, a judge scores, repeatably."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any

from asset_pipeline.sandbox.eyes import look, pictures_in
from asset_pipeline.sandbox.schema_words import fill

_OPENINGS = (
    "A composed, quietly confident rendering:",
    "Drawn with restraint and care:",
    "Seen as if engraved by a patient hand:",
    "In clear, generous shapes:",
    "Unhurried, with room to breathe:",
)
_PLAIN = (
    "Neatly done and easy to recognise, with nothing left out of what was asked for, in a tidy and pleasant manner.",
    "A well-made picture of the usual kind, balanced and clean, as one would expect to see it in such a place.",
)
# What a better writer thinks of; a judge counts them, as it sees the text and not who wrote it.
_DETAILS = (
    (
        "Lit by soft directional light from the upper left.",
        "Even, shadowless light over everything.",
        "Warm late-afternoon light with long, gentle falloff.",
        "Cool morning light that models every edge.",
    ),
    (
        "Crisp contours, balanced negative space, nothing superfluous.",
        "A single clear focal point and a deliberate rhythm of lines.",
        "Fine detail where the eye rests, stillness everywhere else.",
        "Confident geometry, consistent stroke weight, no clutter.",
    ),
    (
        "Ink that sits slightly proud of the sheet, with a trace of plate tone.",
        "Brushed brass beside unglazed clay, each with its own way of taking the light.",
        "An oiled, hand-cut edge, and one corner that was once repaired.",
    ),
    (
        "It has been used that day and put down with care.",
        "Somebody will come back for it before evening.",
        "It has waited here longer than the dust admits.",
    ),
)
_ALL_DETAILS = tuple(one for group in _DETAILS for one in group)
# How likely a model is to think of each; the others lie in between, each always in the same place. Made up.
_SKILLS: Mapping[str, float] = {
    "anthropic/claude-haiku-5.5": 0.75,
    "openai/gpt-6-luna": 0.6,
    "openai/gpt-6-sol": 0.85,
    "xiaomi/mimo-v2.6-flash": 0.15,
    "z-ai/glm-5.3-flash": 0.4,
}
_REASONS = {
    False: ("Stays general here.", "Could be stronger.", "Says little of its own.", "Leaves this to chance."),
    True: (
        "Named precisely, and buildable.",
        "Exactly as wanted.",
        "Carried by one clear decision.",
        "Shown, not said.",
    ),
}


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
    picture = next(pictures_in(body.get("messages", [])), None)
    if picture and set(schema.get("properties", ())) == {"sees", "problem", "score"}:
        said: Any = look(picture)
    else:
        said = _answer(schema, text, rng, str(body.get("model")))
    answer = json.dumps(said, ensure_ascii=False)
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


def _answer(schema: Mapping[str, Any], text: str, rng: random.Random, model: str) -> Any:  # noqa: ANN401 - any JSON
    names = set(schema.get("properties", ()))
    if "verdicts" in names:
        return _judge(text)
    if {"prompt", "negative_prompt"} <= names:
        return _write(text, rng, model)
    return fill(schema, rng)


def _write(text: str, rng: random.Random, model: str) -> dict[str, str]:
    draft = re.search(r"<draft>\s*(.*?)\s*</draft>", text, re.DOTALL)
    avoid = re.search(r"(?im)^avoid: *(.+)$", text)
    body = draft[1] if draft else text[-400:]
    skill = _SKILLS.get(model, random.Random(model).uniform(0.3, 0.7))  # noqa: S311 - made up, no secret
    details = [rng.choice(group) for group in _DETAILS if rng.random() < skill]
    # A plain sentence keeps the prompts of those who think of nothing from being the draft again.
    prompt = " ".join([rng.choice(_OPENINGS), body, rng.choice(_PLAIN), *details])
    return {
        "prompt": " ".join(prompt.split()),
        "negative_prompt": avoid[1].strip() if avoid else "",
        "rationale": "The draft's subject comes first, then light and craft, so that nothing competes with it.",
    }


def _judge(text: str) -> dict[str, Any]:
    criteria = re.findall(r"(?m)^- (\w+):", text)
    verdicts = []
    for label, prompt in re.findall(r'(?s)<candidate label="(\w+)">\s*(.*?)\s*</candidate>', text):
        # By the text alone, not by its place or label, as a fair judge would.
        taste = random.Random(prompt)  # noqa: S311 - made-up scores, no secret
        merit = 4.5 + sum(detail in prompt for detail in _ALL_DETAILS)
        scores = {name: _score(merit, taste) for name in criteria}
        verdicts.append({"candidate": label, "scores": scores})
    return {"verdicts": verdicts}


def _score(merit: float, taste: random.Random) -> dict[str, Any]:
    points = round(min(9.8, max(0.5, merit + taste.uniform(-1.5, 1.5))), 1)
    return {"reason": taste.choice(_REASONS[points >= 6.5]), "score": points}
