"""Asks OpenRouter, for free, what the key may still spend, and whether models are offered at prices one can trust."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus

from asset_pipeline.doctor.asking import Asker, Trouble
from asset_pipeline.doctor.finding import Finding
from asset_pipeline.images.models import Via, via
from asset_pipeline.ledger.money import brief
from asset_pipeline.model_names import PREFIX
from asset_pipeline.providers.language_prices import LanguagePrice
from asset_pipeline.providers.openrouter import KeyInformation, OpenRouterClient
from asset_pipeline.providers.openrouter.routing import Needs, NoRoute, find_routes, why_forbidden
from asset_pipeline.providers.prices import MILLION, PriceTable
from asset_pipeline.redaction import redact
from asset_pipeline.settings import Settings

KEYS_PAGE = "https://openrouter.ai/settings/keys"
CREDITS_PAGE = "https://openrouter.ai/settings/credits"
# What a question to a writer is long at most, for all we know; a judge's is some prompts more.
USUAL_BYTES = 8_000


async def openrouter_findings(
    client: OpenRouterClient,
    asker: Asker,
    settings: Settings,
    *,
    language: Mapping[str, Sequence[str]],
    images: Mapping[str, Sequence[str]],
) -> list[Finding]:
    """Return what OpenRouter says.

    Args:
        client: OpenRouter.
        asker: Asks.
        settings: Say what answers are asked for, at which providers, and what may be spent.
        language: Language models, each with where it is named.
        images: Image models, by OpenRouter's name, each with where it is named.
    """
    key = await asker.ask(client.key_information)
    if isinstance(key, Trouble):
        of_key = [_trouble(key)]
        if key.is_refusal or key.status is None:
            return of_key  # the same would be said of each model
    else:
        of_key = key_findings(key, now=datetime.now(UTC), budget_usd=_budget(settings))
    found = await asyncio.gather(
        *(_language(client, asker, model, places, settings) for model, places in language.items()),
        *(_image(client, asker, model, places) for model, places in images.items()),
    )
    return [*of_key, *found]


def _budget(settings: Settings) -> Decimal:
    """Return what may be spent on OpenRouter at most."""
    return min(settings.budget.total_usd, settings.budget.providers.get("openrouter", settings.budget.total_usd))


def _trouble(key: Trouble) -> Finding:
    if key.is_refusal:
        message = f"the key is refused: {key.said}"
        return Finding("openrouter", good=False, message=message, fix=f"make one at {KEYS_PAGE}")
    return Finding("openrouter", good=False, message=key.said, fix="look at the network, and at status.openrouter.ai")


def key_findings(key: KeyInformation, *, now: datetime, budget_usd: Decimal) -> list[Finding]:
    """Return what is right and wrong about a key.

    Args:
        key: What OpenRouter says of it.
        now: With its zone.
        budget_usd: What may be spent there at most.
    """
    used = "an unknown amount" if key.usage is None else brief(key.usage)
    label = f" {redact(key.label)}" if key.label else ""
    findings = [Finding("openrouter", good=True, message=f"the key{label} has used {used} in its life")]
    if key.is_management_key:
        fix = f"use an ordinary key from {KEYS_PAGE}: this one makes keys, and asks no model"
        findings.append(Finding("openrouter", good=False, message="the key is a management key", fix=fix))
    if key.expires_at is not None:
        good = key.expires_at > now
        message = f"the key {'expires' if good else 'has expired'} on {key.expires_at:%Y-%m-%d %H:%M %Z}"
        findings.append(Finding("openrouter", good, message, f"make one at {KEYS_PAGE}"))
    if key.is_free_tier:
        message = "the account has never bought credit, so models that cost something refuse it"
        findings.append(Finding("credit", good=False, message=message, fix=f"buy some at {CREDITS_PAGE}"))
    findings.append(_credit(key, budget_usd))
    return findings


def _credit(key: KeyInformation, budget_usd: Decimal) -> Finding:
    """Compare what the key may still spend with our own limit; what the account has is told to management keys only."""
    left = key.limit_remaining
    if left is None:
        message = f"the key has no limit of its own; what the account has is on {CREDITS_PAGE}"
        return Finding("credit", good=True, message=message)
    of = "" if key.limit is None else f" of its limit of {brief(key.limit)}"
    if left <= 0:
        message = f"the key may spend nothing more{of}"
        return Finding("credit", good=False, message=message, fix=f"raise its limit at {KEYS_PAGE}")
    ends = f"; that ends before the budget of {brief(budget_usd)} does" if left < budget_usd else ""
    return Finding("credit", good=True, message=f"the key may still spend {brief(left)}{of}{ends}")


async def _language(
    client: OpenRouterClient, asker: Asker, model: str, places: Sequence[str], settings: Settings
) -> Finding:
    """Look whether a question would find a provider now; the rules are those of a run."""
    named, fix = f"{model}, named in {', '.join(places)}", f"name another one in {places[0]}"
    if why := why_forbidden(model):
        return Finding("model", good=False, message=f"{named}: it is never called: {why}", fix=fix)
    offered = await asker.ask(lambda: client.endpoints(model))
    if isinstance(offered, Trouble):
        return _no_model(named, offered, fix=fix)
    prompts, vision = settings.prompts, settings.checks.vision
    is_seeing = vision.enabled and model == vision.model
    needs = Needs(
        prompt_bytes=USUAL_BYTES + (vision.image_tokens if is_seeing else 0),
        max_tokens=max(prompts.writer_max_tokens, prompts.judge_max_tokens * prompts.asked),
        providers=settings.openrouter.providers.get(model, ()),
    )
    routes = find_routes(offered, model=model, needs=needs, as_of=datetime.now(UTC).date().isoformat())
    if isinstance(routes, NoRoute):
        return Finding("model", good=False, message=f"{named}: {routes.reason}", fix=fix)
    price, estimate = routes[0].price, PriceTable(settings.prices).language(model)
    return Finding("model", good=True, message=f"{named}: up to {_shown(price)} {_compared(price, estimate)}")


async def _image(client: OpenRouterClient, asker: Asker, model: str, places: Sequence[str]) -> Finding:
    """Look whether an image model is there."""
    named, fix = f"openrouter:{model}, named in {', '.join(places)}", f"name another one in {places[0]}"
    by_chat = via(f"{PREFIX}{model}") is Via.CHAT
    offered = await asker.ask(lambda: client.endpoints(model) if by_chat else client.picture_endpoints(model))
    if isinstance(offered, Trouble):
        return _no_model(named, offered, fix=fix)
    if not offered:
        return Finding("model", good=False, message=f"{named}: no provider offers it", fix=fix)
    return Finding("model", good=True, message=f"{named}: is there")


def _no_model(named: str, trouble: Trouble, *, fix: str) -> Finding:
    if trouble.status == HTTPStatus.NOT_FOUND:
        return Finding("model", good=False, message=f"{named}: OpenRouter has no such model", fix=fix)
    return Finding("model", good=False, message=f"{named}: {trouble.said}", fix="ask again later")


def _shown(price: LanguagePrice) -> str:
    """Return a price as people compare it: per million tokens."""
    return f"{brief(price.input_usd * MILLION)} in and {brief(price.output_usd * MILLION)} out per million tokens"


def _compared(price: LanguagePrice, estimate: LanguagePrice | None) -> str:
    if estimate is None:
        return "(`plan` has no estimate of it)"
    if price.input_usd > estimate.input_usd or price.output_usd > estimate.output_usd:
        return f"(dearer than the {_shown(estimate)} that `plan` knows of {estimate.as_of})"
    return f"(no dearer than `plan` knows of {estimate.as_of})"
