"""Chooses which providers of a model a question may reach, so that its worst case is known before it is asked.

Only providers that are named are asked, and only named are those whose price can be trusted; the hold covers the
dearest of them. The rules follow OpenRouter's guide on provider selection; which endpoints a tag reaches is taken from
caution: a tag stands for all endpoints below it, and all of those must fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from asset_pipeline.providers.language_prices import (
    MESSAGE_OVERHEAD_TOKENS,
    LanguagePrice,
    dearest,
    dearest_listed,
)
from asset_pipeline.providers.openrouter.endpoints import Endpoint

MILLION = 1_000_000
# Above the last digit of any price: the guard must not stumble over how either side rounds USD per million.
_SLACK = Decimal("1.000000001")
_LENGTHS = frozenset({"max_tokens", "max_completion_tokens"})
_ROUTERS = "openrouter/"
_VARIANTS = {
    "batch": "is answered later and elsewhere",
    "nitro": "may reach dearer tiers",
    "floor": "may reach other tiers",
    "online": "adds web searches that cost extra",
}


class Format(StrEnum):
    """How an answer's form is asked for, the strongest first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"

    def suits(self, endpoint: Endpoint) -> bool:
        """Say whether a provider lists it; `response_format` alone means any JSON, whatever else it lets pass."""
        needed = {Format.SCHEMA: "structured_outputs", Format.OBJECT: "response_format"}.get(self)
        return needed is None or needed in endpoint.parameters


@dataclass(frozen=True)
class Needs:
    """What a question asks of a provider.

    Args:
        prompt_bytes: Its length; a token is at least one byte.
        max_tokens: Longest answer.
        providers: Tags of those that may be asked; all if empty.
    """

    prompt_bytes: int
    max_tokens: int
    providers: Sequence[str] = ()


@dataclass(frozen=True)
class Route:
    """Where a question may go in one format.

    Args:
        format: How the answer's form is asked for.
        tags: The providers, in OpenRouter's order.
        endpoints: All that those tags reach.
        price: The dearest of them.
    """

    format: Format
    tags: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    price: LanguagePrice

    @property
    def can_reason(self) -> bool:
        """Whether it can be said how much is thought before the answer."""
        return all("reasoning" in endpoint.parameters for endpoint in self.endpoints)

    @property
    def length_parameter(self) -> str:
        """How the longest answer is called there; one that lists neither name is asked by the older one."""
        listed = [endpoint.parameters for endpoint in self.endpoints]
        only_newer = all("max_completion_tokens" in names and "max_tokens" not in names for names in listed)
        return "max_completion_tokens" if only_newer else "max_tokens"

    def preferences(self, *, data_collection: str) -> dict[str, Any]:
        """Return a request's `provider`.

        `max_price` is in USD per million tokens. The API's schema has strings there and its guide's example numbers;
        numbers are sent, as nobody has seen them refused. Whether tiers and cache writes are looked at is documented
        nowhere, so it is a second guard: the hold does not rely on it.
        """
        prompt, completion = (float(price * MILLION * _SLACK) for price in dearest_listed(self.endpoints))
        return {
            "only": list(self.tags),
            "allow_fallbacks": len(self.tags) > 1,
            "require_parameters": True,
            "data_collection": data_collection,
            "max_price": {"prompt": prompt, "completion": completion},
        }


@dataclass(frozen=True)
class NoRoute:
    """No provider of a model may be asked.

    Args:
        reason: Why, for people.
    """

    reason: str


@dataclass(frozen=True)
class _Provider:
    tag: str
    endpoints: tuple[Endpoint, ...]

    def all(self, test: Callable[[Endpoint], bool]) -> bool:
        return all(test(endpoint) for endpoint in self.endpoints)


def find_routes(endpoints: Sequence[Endpoint], *, model: str, needs: Needs, as_of: str) -> tuple[Route, ...] | NoRoute:
    """Return where a question may go, one route per format, the strongest first; or why it may go nowhere.

    Args:
        endpoints: The model's providers.
        model: As OpenRouter names it.
        needs: What the question asks of them.
        as_of: Date on which they were looked up.
    """
    forbidden = why_forbidden(model)
    if forbidden:
        return NoRoute(f"{model} is not called: {forbidden}")
    served = [endpoint for endpoint in endpoints if endpoint.tag and endpoint.is_default_tier]
    tags = list(dict.fromkeys(endpoint.tag for endpoint in served))
    if not tags:
        return NoRoute(f"OpenRouter names no provider of {model}")
    unknown = [tag for tag in needs.providers if not any(endpoint.is_reached_by(tag) for endpoint in served)]
    if unknown:
        return NoRoute(
            f"openrouter.providers names {', '.join(unknown)} for {model}, which is served by {', '.join(tags)}"
        )
    if needs.providers:
        tags = [e.tag for e in served if any(e.is_reached_by(tag) for tag in needs.providers)]
    problems: dict[str, str] = {}
    usable = []
    for tag in dict.fromkeys(tags):
        provider = _Provider(tag, tuple(endpoint for endpoint in served if endpoint.is_reached_by(tag)))
        problem = next(filter(None, (_problem(endpoint, needs) for endpoint in provider.endpoints)), None)
        if problem:
            problems[tag] = problem
        else:
            usable.append(provider)
    if not usable:
        said = "; ".join(f"{tag} {problem}" for tag, problem in problems.items())
        return NoRoute(f"no provider of {model} can be asked: {said}")
    healthy = _prefer(usable, lambda endpoint: not endpoint.is_degraded)
    return tuple(_routes(healthy, served, as_of=as_of))


def why_forbidden(model: str) -> str | None:
    """Return why the price of a model cannot be known from its name on; None where it can."""
    name, _, variant = model.partition(":")
    if name.startswith(_ROUTERS):
        return "a router chooses the model, and so the price, by itself"
    if name.startswith("~") or name.endswith("-latest"):
        return "the name stands for another model from time to time, and so for another price"
    return f":{variant} {_VARIANTS[variant]}" if variant in _VARIANTS else None


def _problem(endpoint: Endpoint, needs: Needs) -> str | None:
    """Return why a provider cannot be asked; None where it can."""
    tokens = needs.prompt_bytes + MESSAGE_OVERHEAD_TOKENS
    if dearest([endpoint], as_of="") is None:
        return "names no price that can be trusted"
    if endpoint.max_completion_tokens is not None and endpoint.max_completion_tokens < needs.max_tokens:
        return f"answers in {endpoint.max_completion_tokens} tokens, of {needs.max_tokens}"
    if endpoint.max_prompt_tokens is not None and endpoint.max_prompt_tokens < tokens:
        return f"reads {endpoint.max_prompt_tokens} tokens, of up to {tokens}"
    if endpoint.context_length is not None and endpoint.context_length < tokens + needs.max_tokens:
        return f"has room for {endpoint.context_length} tokens, of up to {tokens + needs.max_tokens}"
    return None


def _prefer(providers: list[_Provider], test: Callable[[Endpoint], bool]) -> list[_Provider]:
    """Return the providers that pass a test, or all where none does."""
    return [provider for provider in providers if provider.all(test)] or providers


def _routes(providers: list[_Provider], served: Sequence[Endpoint], *, as_of: str) -> Iterable[Route]:
    for form in Format:
        able = [provider for provider in providers if provider.all(form.suits)]
        # With `require_parameters` a provider that lacks one of these would be left out anyway.
        able = _prefer(able, lambda endpoint: "reasoning" in endpoint.parameters)
        able = _prefer(able, lambda endpoint: "max_tokens" in endpoint.parameters)
        able = _prefer(able, lambda endpoint: not _LENGTHS.isdisjoint(endpoint.parameters))
        tags = tuple(provider.tag for provider in able)
        reached = tuple(endpoint for endpoint in served if any(endpoint.is_reached_by(tag) for tag in tags))
        price = dearest(reached, as_of=as_of)
        if price:
            yield Route(form, tags, reached, price)
