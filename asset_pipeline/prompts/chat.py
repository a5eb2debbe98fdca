"""Buys one structured answer from a language model: priced, held, asked once, checked, and booked at what it cost."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from asset_pipeline.ledger import (
    Call,
    Door,
    Existing,
    Intent,
    Ledger,
    Outcome,
    Paid,
    State,
    Step,
)
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.language_prices import LanguagePrice, dearest
from asset_pipeline.providers.openrouter import ChatAnswer, OpenRouterClient, parse_chat
from asset_pipeline.results import Failed, Waiting, not_bought
from asset_pipeline.specs.wanted import canonical_json, canonical_sha256
from asset_pipeline.spender import Spender

Parsed = TypeVar("Parsed")
_FENCE = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*```\s*$", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """What is asked, complete.

    Args:
        kind: `writer` or `judge`.
        model: As OpenRouter names it.
        messages: Role and content, in order.
        schema_name: Name of the wanted JSON.
        schema: JSON Schema of the answer.
        max_tokens: Longest answer.
    """

    kind: str
    model: str
    messages: Sequence[Mapping[str, str]]
    schema_name: str
    schema: Mapping[str, Any]
    max_tokens: int

    def request(self) -> dict[str, Any]:
        """Return the request's body."""
        schema = {"name": self.schema_name, "strict": True, "schema": self.schema}
        return {
            "model": self.model,
            "messages": [dict(message) for message in self.messages],
            "max_tokens": self.max_tokens,
            "response_format": {"type": "json_schema", "json_schema": schema},
            "provider": {"require_parameters": True},
        }

    def worst_usd(self, price: LanguagePrice) -> Decimal:
        """Return the most it can cost at a price."""
        size = len(canonical_json(self.request()).encode())
        return price.worst_usd(prompt_bytes=size, max_tokens=self.max_tokens)


@dataclass(frozen=True)
class Bought(Generic[Parsed]):
    """A usable answer.

    Args:
        call_id: The call that paid for it.
        value: The answer, parsed.
        cost_usd: What this asking cost; 0 where it was bought before.
    """

    call_id: str
    value: Parsed
    cost_usd: Decimal


class ChatBuyer:
    """Asks language models, each question paid at most once.

    Args:
        ledger: Where calls are booked.
        door: Through which they are made.
        client: OpenRouter.
    """

    def __init__(self, ledger: Ledger, door: Door, client: OpenRouterClient) -> None:
        self._ledger = ledger
        self._door = door
        self._client = client
        self._prices: dict[str, asyncio.Task[LanguagePrice | Failed]] = {}
        self._booking: list[asyncio.Future[Step]] = []

    async def booked(self) -> None:
        """Wait until every answer so far is committed; until then, one is used before the ledger keeps it."""
        booking, self._booking = self._booking, []
        await asyncio.gather(*booking)

    async def price(self, model: str) -> LanguagePrice | Failed:
        """Return the dearest price of a model now; looked up once per run."""
        if model not in self._prices:
            self._prices[model] = asyncio.create_task(self._look_up(model))
        return await asyncio.shield(self._prices[model])

    async def _look_up(self, model: str) -> LanguagePrice | Failed:
        try:
            endpoints = await self._client.endpoints(model)
        except GetError as error:
            return Failed(f"the price of {model} could not be looked up: {error.what}")
        price = dearest(endpoints, as_of=datetime.now(UTC).date().isoformat())
        return price or Failed(f"OpenRouter names no usable price for {model}, so it is not called")

    async def worst_usd(self, question: Question) -> Decimal | Failed:
        """Return the most a question can cost."""
        price = await self.price(question.model)
        return price if isinstance(price, Failed) else question.worst_usd(price)

    async def ask(
        self, question: Question, spender: Spender, check: Callable[[Any], Parsed | Failed]
    ) -> Bought[Parsed] | Failed | Waiting:
        """Buy an answer, or take the one that was bought before.

        Args:
            question: What is asked.
            spender: On whose account.
            check: Turns the answer's JSON into what is wanted, or says why it is of no use.
        """
        price = await self.price(question.model)
        if isinstance(price, Failed):
            return price
        request = question.request()
        intent = Intent(
            provider="openrouter",
            kind=question.kind,
            model=question.model,
            image_key=spender.wanted.key,
            collection=spender.wanted.collection,
            stage=spender.stage,
            content_key=canonical_sha256({"stage": question.kind, "mode": self._ledger.mode, "request": request}),
            request=request,
            worst_usd=question.worst_usd(price),
            price=price.record(),
            run_id=spender.run_id,
            note=spender.note,
        )

        ending = await self._door.pay(intent, self._client.chat, place=spender.slot)
        if isinstance(ending, Existing):
            return self._bought_before(ending.call, check)
        if not isinstance(ending, Paid):
            return not_bought(ending)
        return await self._settle(ending, check)

    def _bought_before(self, call: Call, check: Callable[[Any], Parsed | Failed]) -> Bought[Parsed] | Failed | Waiting:
        if call.state is not State.SETTLED or call.answer is None:
            return Waiting(f"call {call.call_id} for the same answer is still {call.state}")
        value = check(_parse(call.answer))
        return value if isinstance(value, Failed) else Bought(call.call_id, value, ZERO)

    async def _settle(self, paid: Paid, check: Callable[[Any], Parsed | Failed]) -> Bought[Parsed] | Failed:
        held, answer = paid.held, parse_chat(paid.accepted.body)
        cost, remark = await self._cost(paid, answer)
        value = _usable(answer, check)
        usable = not isinstance(value, Failed)
        self._booking.append(
            self._ledger.settled(
                held.call_id,
                cost,
                Outcome.SUCCEEDED if usable else Outcome.UNUSABLE,
                answer=answer.text,
                reason=remark or (value.reason if isinstance(value, Failed) else None),
            )
        )
        self._door.count(held.intent.provider, failure=value.reason if isinstance(value, Failed) else None)
        if isinstance(value, Failed):
            return Failed(f"{held.intent.model}: {value.reason}")
        return Bought(held.call_id, value, cost)

    async def _cost(self, paid: Paid, answer: ChatAnswer) -> tuple[Decimal, str | None]:
        """Return what the answer cost: what it says, else what OpenRouter looks up, else all that was held."""
        if answer.cost_usd is not None:
            return answer.cost_usd, None
        try:
            found = await self._client.generation_cost(paid.accepted.provider_call_id)
        except GetError as error:
            return (
                paid.held.intent.worst_usd,
                f"no cost in the answer, and {error.what}; booked at the worst case",
            )
        if found is None:
            return paid.held.intent.worst_usd, "OpenRouter names no cost; booked at the worst case"
        return found, None


def _usable(answer: ChatAnswer, check: Callable[[Any], Parsed | Failed]) -> Parsed | Failed:
    if answer.refusal:
        return Failed(f"it refused: {answer.refusal[:200]}")
    if answer.finish_reason in ("length", "content_filter", "error"):
        return Failed(f"the answer was cut off ({answer.finish_reason})")
    if not answer.text.strip():
        return Failed("the answer is empty")
    return check(_parse(answer.text))


def _parse(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON in an answer, in or out of a code fence, or None."""
    fenced = _FENCE.match(text)
    try:
        return json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):  # the latter where a model has got stuck in opening brackets
        return None
