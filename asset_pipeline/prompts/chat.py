"""Buys one structured answer from a language model: priced, held, asked once, checked, and booked at what it cost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from asset_pipeline.ledger import (
    Call,
    Cause,
    Door,
    Existing,
    Intent,
    Ledger,
    NotMade,
    Outcome,
    Paid,
    State,
    Step,
)
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.prompts.asking import Way, ways_to_ask
from asset_pipeline.prompts.disqualify import Disqualified, Fault
from asset_pipeline.prompts.question import Question
from asset_pipeline.prompts.reading import json_in
from asset_pipeline.providers.http import GetError
from asset_pipeline.providers.openrouter import ChatAnswer, Endpoint, OpenRouterClient, parse_chat
from asset_pipeline.providers.openrouter.routing import NoRoute
from asset_pipeline.results import Failed, Waiting, not_bought
from asset_pipeline.settings.providers import OpenRouterSettings, ReasoningSettings
from asset_pipeline.spender import Spender

PROVIDER = "openrouter"
Parsed = TypeVar("Parsed")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Bought(Generic[Parsed]):
    """A usable answer.

    Args:
        call_id: The call that paid for it.
        value: The answer, parsed.
        cost_usd: What this asking cost; 0 where it was bought before.
        paid_usd: What the answer has cost, whenever that was.
    """

    call_id: str
    value: Parsed
    cost_usd: Decimal
    paid_usd: Decimal


@dataclass(frozen=True)
class Unusable(Failed):
    """An answer that was paid and is of no use.

    Args:
        call_id: The call that paid for it.
        cost_usd: What this asking cost; 0 where it was bought before.
        fault: What is wrong with it, in a word.
        text: What it says.
    """

    call_id: str = ""
    cost_usd: Decimal = ZERO
    fault: Fault = Fault.MALFORMED
    text: str = ""


class ChatBuyer:
    """Asks language models, each question paid at most once.

    Args:
        ledger: Where calls are booked.
        door: Through which they are made.
        client: OpenRouter.
        settings: At which providers, and how much may be thought.
    """

    def __init__(self, ledger: Ledger, door: Door, client: OpenRouterClient, settings: OpenRouterSettings) -> None:
        self._ledger = ledger
        self._door = door
        self._client = client
        self._settings = settings
        self._endpoints: dict[str, asyncio.Task[Sequence[Endpoint] | Failed]] = {}
        # Ways of asking that a model has refused in this run, by the rank of the weakest.
        self._refused: dict[str, tuple[int, bool]] = {}
        self._others: set[tuple[str, str]] = set()
        self._booking: list[asyncio.Future[Step]] = []

    @property
    def reasoning(self) -> Mapping[str, ReasoningSettings]:
        """How much models may think, where that is set."""
        return self._settings.reasoning

    async def booked(self) -> None:
        """Wait until every answer so far is committed; until then, one is used before the ledger keeps it."""
        booking, self._booking = self._booking, []
        await asyncio.gather(*booking)

    async def worst_usd(self, question: Question) -> Decimal | Failed:
        """Return the most a question can cost."""
        ways = await self._ways(question)
        return ways if isinstance(ways, Failed) else question.worst_usd(ways[0].route.price)

    async def ask(
        self, question: Question, spender: Spender, check: Callable[[Any], Parsed | Failed], *, patient: bool = True
    ) -> Bought[Parsed] | Failed | Waiting:
        """Buy an answer, or take the one that was bought before.

        Where a way of asking is refused for its parameters, the next weaker one is tried: as a call of its own, with
        its own hold. There are few, and what a model refuses is remembered for the run.

        Args:
            question: What is asked.
            spender: On whose account.
            check: Turns the answer's JSON into what is wanted, or says why it is of no use.
            patient: Whether to wait for OpenRouter where it does not work just now.
        """
        ways = await self._ways(question)
        if isinstance(ways, Failed):
            return ways
        refused: list[str] = []
        for way in ways:
            intent = self._intent(question, spender, way)
            send = partial(self._client.chat, pictures=question.pictures)
            ending = await self._door.pay(intent, send, place=spender.slot, patient=patient)
            if isinstance(ending, Paid):
                return await self._settle(ending, check)
            if isinstance(ending, Existing):
                return self._bought_before(ending.call, check)
            if not isinstance(ending, NotMade) or ending.cause is not Cause.PARAMETERS:
                return not_bought(ending)
            log.warning("a way of asking is refused", model=question.model, way=way.route.format, reason=ending.reason)
            refused.append(ending.reason)
            self._refused[question.model] = max(way.rank, self._refused.get(question.model, way.rank))
        self._refused.pop(question.model, None)  # it was not the way, so the next question begins at the strongest
        reason = "; ".join(dict.fromkeys(refused))
        self._door.count(PROVIDER, failure=reason)
        return Failed(f"{question.model}: {reason}")

    async def _ways(self, question: Question) -> Sequence[Way] | Failed:
        """Return the ways that the model has not refused; the providers are looked up once per run."""
        model = question.model
        if model not in self._endpoints:
            self._endpoints[model] = asyncio.create_task(self._look_up(model))
        endpoints = await asyncio.shield(self._endpoints[model])
        if isinstance(endpoints, Failed):
            return endpoints
        today = datetime.now(UTC).date().isoformat()
        ways = ways_to_ask(question, endpoints, settings=self._settings, as_of=today)
        if isinstance(ways, NoRoute):
            return Failed(ways.reason)
        refused = self._refused.get(model)
        return [way for way in ways if refused is None or way.rank > refused] or ways[-1:]

    async def _look_up(self, model: str) -> Sequence[Endpoint] | Failed:
        try:
            return await self._client.endpoints(model)
        except GetError as error:
            return Failed(f"the price of {model} could not be looked up: {error.what}")

    def _intent(self, question: Question, spender: Spender, way: Way) -> Intent:
        reasoning = self._settings.reasoning.get(question.model)
        return Intent(
            provider=PROVIDER,
            kind=question.kind,
            model=question.model,
            image_key=spender.wanted.key,
            collection=spender.wanted.collection,
            stage=spender.stage,
            approval=spender.approval,
            content_key=question.content_key(
                mode=self._ledger.mode, reasoning=reasoning.request() if reasoning else None
            ),
            request=way.request(question, data_collection=self._settings.data_collection),
            worst_usd=question.worst_usd(way.route.price),
            price=way.route.price.record(),
            run_id=spender.run_id,
            note=spender.note,
        )

    def _bought_before(self, call: Call, check: Callable[[Any], Parsed | Failed]) -> Bought[Parsed] | Failed | Waiting:
        if call.state is not State.SETTLED or call.answer is None:
            return Waiting(f"call {call.call_id} for the same answer is still {call.state}")
        value = check(json_in(call.answer))
        if isinstance(value, Failed):
            return _unusable(value, call.model, call_id=call.call_id, cost_usd=ZERO, text=call.answer)
        return Bought(call.call_id, value, ZERO, call.cost_usd or ZERO)

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
        self._notice(held.intent.model, answer.model)
        if isinstance(value, Failed):
            return _unusable(value, held.intent.model, call_id=held.call_id, cost_usd=cost, text=answer.text)
        return Bought(held.call_id, value, cost, cost)

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

    def _notice(self, asked: str, answered: str) -> None:
        """Say once where another model answered than was asked, its dated names aside; what it said is kept."""
        if answered and not answered.startswith(asked.partition(":")[0]) and (asked, answered) not in self._others:
            self._others.add((asked, answered))
            log.warning("another model answered", asked=asked, answered=answered)


def _usable(answer: ChatAnswer, check: Callable[[Any], Parsed | Failed]) -> Parsed | Failed:
    if answer.error:
        return Disqualified(f"it answered with an error: {answer.error}", fault=Fault.ERROR)
    if answer.refusal:
        return Disqualified(f"it refused: {answer.refusal[:200]}", fault=Fault.REFUSAL)
    if answer.finish_reason in ("length", "content_filter", "error"):
        return Disqualified(f"the answer was cut off ({answer.finish_reason})", fault=Fault.CUT_OFF)
    if not answer.text.strip():
        return Disqualified("the answer is empty", fault=Fault.EMPTY)
    return check(json_in(answer.text))


def _unusable(why: Failed, model: str, *, call_id: str, cost_usd: Decimal, text: str) -> Unusable:
    fault = why.fault if isinstance(why, Disqualified) else Fault.MALFORMED
    return Unusable(f"{model}: {why.reason}", call_id=call_id, cost_usd=cost_usd, fault=fault, text=text)


__all__ = ["Bought", "ChatBuyer", "Question", "Unusable"]
