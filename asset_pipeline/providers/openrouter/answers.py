"""What a model answered, and what that cost: read from the body of an HTTP 200, inside which an error can come too.

Shapes: the `ChatResult` of the API reference and bodies that users have posted; `choices[].error` is documented only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.providers.openrouter.bodies import amount, items, mapping


@dataclass(frozen=True)
class ChatAnswer:
    """What a model answered.

    Args:
        text: Its words; empty where there are none.
        finish_reason: `stop`, `length`, `content_filter`, `error`, ...
        cost_usd: What it cost; None where the answer does not say.
        model: The model that answered, which may be another than was asked.
        refusal: Why it refused, if it did.
        error: What OpenRouter says went wrong, inside the answer.
    """

    text: str
    finish_reason: str
    cost_usd: Decimal | None
    model: str
    refusal: str | None
    error: str | None = None


def parse_chat(body: Any) -> ChatAnswer:  # noqa: ANN401 - any JSON
    """Return the answer in a body; what is missing stays empty."""
    said = mapping(body)
    choices = said.get("choices")
    choice = mapping(choices[0] if isinstance(choices, list) and choices else None)
    message = mapping(choice.get("message"))
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in items(content))
    text = content if isinstance(content, str) else ""
    finish_reason = str(choice.get("finish_reason") or "")
    error = said.get("error") or choice.get("error")
    ended_badly = not text and (bool(error) or finish_reason in ("", "error"))
    return ChatAnswer(
        text=text,
        finish_reason=finish_reason,
        cost_usd=answered_usd(said.get("usage"), may_be_free=ended_badly),
        model=str(said.get("model") or ""),
        refusal=str(message["refusal"]) if message.get("refusal") else None,
        error=_message(error) if error else None,
    )


def answered_usd(usage: Any, *, may_be_free: bool) -> Decimal | None:  # noqa: ANN401 - any JSON
    """Return what an answer's `usage` says it cost; None where it says nothing that can be read, or not all.

    A zero is believed only where nothing is charged: no token came, and the answer ended in an error or in nothing
    (the zero-completion insurance). Zeros beside content have been seen, and were paid.

    Args:
        usage: Of the answer.
        may_be_free: Whether it ended in an error or in nothing.
    """
    bill = mapping(usage)
    cost = amount(bill.get("cost"), bill)
    if cost == 0 and (not may_be_free or bill.get("completion_tokens")):
        return None
    return cost


def _message(error: Any) -> str:  # noqa: ANN401 - any JSON
    """Return what an error says; its code may be a number, a word or absent."""
    said: Mapping[str, Any] = mapping(error)
    text = str(said.get("message") or said.get("code") or "no reason given") if said else str(error)
    return " ".join(text.split())[:200]
