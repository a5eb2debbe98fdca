"""How a language model can answer otherwise than asked, inside an HTTP 200; all of these have been seen by users."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Chat = dict[str, Any]

FREE, PLAIN, DEAR = Decimal(0), Decimal(1), Decimal(20)
_NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0, "is_byok": False}
_UPSTREAM = {"code": 502, "message": "Provider returned error"}


@dataclass(frozen=True)
class Misanswer:
    """One way of answering.

    Args:
        change: Makes it of a good answer; None is a body of nothing but whitespace.
        factor: How many times the listed price it costs. OpenRouter charges nothing where no token came.
    """

    change: Callable[[Chat], Chat] | None
    factor: Decimal = PLAIN


def _choice(chat: Chat, *, finish: str | None = None, **message: Any) -> Chat:  # noqa: ANN401 - any JSON
    choice = chat["choices"][0]
    changed = choice | {"message": choice["message"] | message}
    if finish:
        changed |= {"finish_reason": finish, "native_finish_reason": finish}
    return chat | {"choices": [changed]}


def _text(chat: Chat) -> str:
    return str(chat["choices"][0]["message"]["content"])


def _in_parts(chat: Chat) -> Chat:
    text = _text(chat)
    parts = [{"type": "text", "text": half} for half in (text[: len(text) // 2], text[len(text) // 2 :])]
    return _choice(chat, content=parts)


def _broken_choice(chat: Chat) -> Chat:
    half = _choice(chat, finish="error", content=_text(chat)[:20])
    half["choices"][0]["error"] = _UPSTREAM
    return half | {"usage": _NO_TOKENS}


MISANSWERS: Mapping[str, Misanswer] = {
    "whitespace": Misanswer(None),
    "error_in_200": Misanswer(lambda chat: {"id": chat["id"], "error": _UPSTREAM}, FREE),
    "error_in_choice": Misanswer(_broken_choice, FREE),
    "no_choices": Misanswer(lambda chat: chat | {"choices": [], "usage": _NO_TOKENS}, FREE),
    "no_usage": Misanswer(lambda chat: chat | {"usage": None}),
    "missing_usage": Misanswer(lambda chat: {name: value for name, value in chat.items() if name != "usage"}),
    "zero_usage": Misanswer(lambda chat: chat | {"usage": _NO_TOKENS}),
    "dear": Misanswer(lambda chat: chat, DEAR),
    "length_empty": Misanswer(lambda chat: _choice(chat, finish="length", content="")),
    "stop_empty": Misanswer(lambda chat: _choice(chat, content="")),
    "filtered": Misanswer(lambda chat: _choice(chat, finish="content_filter", content='{"')),
    "in_parts": Misanswer(_in_parts),
    "fenced": Misanswer(lambda chat: _choice(chat, content=f"```json\n{_text(chat)}\n```")),
    "prose": Misanswer(lambda chat: _choice(chat, content=f"Here it is:\n\n{_text(chat)}\n\nAnything else?")),
    "refusal": Misanswer(lambda chat: _choice(chat, content="", refusal="I can't help with that.")),
    "other_model": Misanswer(lambda chat: chat | {"model": "openai/gpt-6-astra"}),
}
