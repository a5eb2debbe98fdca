"""Image models on OpenRouter: a picture comes in the answer itself, so that a lost answer is a lost picture.

Two ways lead there, and the model decides which: `POST /images`, documented and never recorded, and a chat with image
modalities, of which a real answer is known. Facts: OpenRouter's image generation guide and API reference.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from asset_pipeline.ledger import Accepted, Held, Lost, Reply
from asset_pipeline.model_names import PREFIX
from asset_pipeline.providers.http import Answer, post_once
from asset_pipeline.providers.openrouter import answered_usd, sort_refusal_of
from asset_pipeline.providers.openrouter.bodies import items, mapping

CHAT, IMAGES = "/chat/completions", "/images"
ID_HEADER = "x-generation-id"
# A picture takes 1,120 to 1,290 tokens, and some words may come with it; the price table holds so many for each.
MAX_TOKENS = 1536
# A picture of 50 megabytes in base64, and the JSON around it.
MAX_ANSWER_BYTES = 75_000_000
# What an id begins with that was made of the answer itself.
_ANSWER = "answer-"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_PATHS: Mapping[str, str] = {"chat": CHAT, "images": IMAGES}


@dataclass(frozen=True)
class AnsweredImage:
    """What an answer holds.

    Args:
        data: The picture's file; None where there is none that can be read.
        cost_usd: What it cost; None where the answer does not say.
        model: Who made it, as the answer says; empty where it does not.
        problem: Why there is no picture.
    """

    data: bytes | None
    cost_usd: Decimal | None
    model: str
    problem: str = ""


def image_request(model: str, values: Mapping[str, Any], *, via: str) -> dict[str, Any]:
    """Return the path and the body of a request for one picture.

    Args:
        model: With the `openrouter:` in front.
        values: The model's input, as the catalog chose it.
        via: `chat` or `images`.
    """
    name = model.removeprefix(PREFIX)
    given = dict(values)
    body: dict[str, Any] = {"model": name, "provider": {"allow_fallbacks": False}}
    if via == "chat":
        prompt = given.pop("prompt")
        body |= {
            "messages": [{"role": "user", "content": prompt}],
            "modalities": ["image", "text"],
            "max_tokens": MAX_TOKENS,
        }
        if given:
            body["image_config"] = given
    else:
        body |= {"n": 1, **given}
    return {"path": _PATHS[via], "body": body}


class OpenRouterImages:
    """Asks for pictures.

    Args:
        api: Client with the key, on the API's base address.
        request_timeout_s: Total deadline of one answer, in seconds.
    """

    def __init__(self, api: httpx.AsyncClient, *, request_timeout_s: float) -> None:
        self._api = api
        self._timeout_s = request_timeout_s

    async def create(self, held: Held) -> Reply:
        """Ask for the picture that a hold is for, once.

        Returns:
            `Accepted` with the generation's id and the answer, or why there is none. Where OpenRouter gives no id, as
            its documentation of `/images` has none, the answer's own hash stands for it.
        """
        asked = held.intent.request
        answer = await post_once(
            self._api,
            asked["path"],
            asked["body"],
            deadline_s=self._timeout_s,
            id_header=ID_HEADER,
            max_bytes=MAX_ANSWER_BYTES,
        )
        if not isinstance(answer, Answer):
            return answer
        if not 200 <= answer.status < 300:
            return sort_refusal_of(answer)
        named = answer.headers.get(ID_HEADER)
        if not isinstance(answer.body, dict):
            return Lost(f"HTTP {answer.status}, but the answer cannot be read", named)
        return Accepted(generation_id_of(named or answer.body.get("id"), answer.raw), answer.body, answer.raw)


def generation_id_of(named: object, raw: bytes) -> str:
    """Return the id that an answer names, or one made of the answer where it is none that names a file, too."""
    is_id = isinstance(named, str) and _ID.fullmatch(named)
    return str(named) if is_id else f"{_ANSWER}{hashlib.sha256(raw).hexdigest()[:32]}"


def is_generation_id(provider_call_id: str) -> bool:
    """Say whether an id is OpenRouter's own, by which a bill can be looked up."""
    return not provider_call_id.startswith(_ANSWER)


def parse_image_answer(body: Mapping[str, Any]) -> AnsweredImage:
    """Return the picture in an answer of either way, and what it cost; an error can come inside an HTTP 200.

    A picture counts wherever it is: in `data`, as documented of `/images`; in a message's `images`, as recorded of
    chats; or among the parts of its content.
    """
    choice = _first(body.get("choices"))
    message = mapping(choice.get("message"))
    error = body.get("error") or choice.get("error")
    model = str(body.get("model") or "")
    cost = answered_usd(body.get("usage"), may_be_free=bool(error))
    texts = [text for text in _encoded(body, message) if text]
    data = next((data for text in texts if (data := _decoded(text))), None)
    if data:
        return AnsweredImage(data, cost, model)
    if error:
        problem = f"it answered with an error: {_said(error)}"
    elif message.get("refusal"):
        problem = f"it refused: {str(message['refusal'])[:200]}"
    elif texts:
        problem = "the picture in it cannot be decoded"
    else:
        finish = choice.get("finish_reason")
        problem = "it brought no picture" + (f" ({finish})" if finish else "")
    return AnsweredImage(None, cost, model, problem)


def _encoded(body: Mapping[str, Any], message: Mapping[str, Any]) -> Iterator[str]:
    """Yield everything in an answer that may be a picture in base64."""
    for item in items(body.get("data")):
        yield str(item.get("b64_json") or item.get("url") or "")
    for part in (*items(message.get("images")), *items(message.get("content"))):
        yield str(mapping(part.get("image_url")).get("url") or "")


def _decoded(text: str) -> bytes | None:
    """Return the picture in base64, as an address or plain, with or without line breaks and padding."""
    if text.startswith(("http://", "https://")):
        return None
    packed = "".join((text.partition("base64,")[2] if text.startswith("data:") else text).split()).rstrip("=")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except ValueError:  # characters that base64 has not, those outside ASCII among them
        return None


def _first(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
    return next(iter(items(value)), {})


def _said(error: Any) -> str:  # noqa: ANN401 - any JSON
    text = error.get("message") if isinstance(error, dict) else error
    return str(text)[:200]
