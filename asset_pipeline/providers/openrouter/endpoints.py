"""The providers of a model, as `GET /models/{author}/{slug}/endpoints` lists them.

Shape: the `PublicEndpoint` of OpenRouter's API reference; documented, never recorded, so any of it may be absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from asset_pipeline.providers.openrouter.bodies import items, mapping
from asset_pipeline.providers.openrouter.rates import Rates, rates_of

_DEFAULT_TIERS = ("", "default")


@dataclass(frozen=True)
class Endpoint:
    """One provider of a model, with its prices.

    Args:
        tag: Its name in requests, such as `openai` or `deepinfra/fp8`.
        pricing: USD per token or request, as text by what is paid for.
        parameters: What it supports, such as `structured_outputs`.
        context_length: Tokens of prompt and answer together, where it says.
        max_prompt_tokens: Longest prompt, where it says.
        max_completion_tokens: Longest answer, where it says.
        service_tier: Empty or `default`; the others cost more or take longer.
        is_degraded: Whether OpenRouter says that it does not work well just now.
    """

    tag: str
    pricing: Mapping[str, Any]
    parameters: frozenset[str] = field(default_factory=frozenset)
    context_length: int | None = None
    max_prompt_tokens: int | None = None
    max_completion_tokens: int | None = None
    service_tier: str = ""
    is_degraded: bool = False

    @cached_property
    def rates(self) -> Rates | None:
        """What it charges at most; None where its price list cannot be trusted."""
        return rates_of(self.pricing)

    @property
    def is_default_tier(self) -> bool:
        """Whether a request that names no tier can come here; it never does to another."""
        return self.service_tier in _DEFAULT_TIERS

    def is_reached_by(self, tag: str) -> bool:
        """Say whether a request for a provider can come here: a tag stands for all that are below it, too."""
        return self.tag == tag or self.tag.startswith(f"{tag}/")


def parse_endpoints(body: Any) -> list[Endpoint]:  # noqa: ANN401 - any JSON
    """Return the providers in a body; none where it has none."""
    return [_endpoint(item) for item in items(mapping(mapping(body).get("data")).get("endpoints"))]


def _endpoint(item: Mapping[str, Any]) -> Endpoint:
    parameters = item.get("supported_parameters")
    return Endpoint(
        tag=str(item.get("tag") or item.get("provider_name") or ""),
        pricing=mapping(item.get("pricing")),
        parameters=frozenset(str(name) for name in parameters) if isinstance(parameters, list) else frozenset(),
        context_length=_tokens(item.get("context_length")),
        max_prompt_tokens=_tokens(item.get("max_prompt_tokens")),
        max_completion_tokens=_tokens(item.get("max_completion_tokens")),
        service_tier=str(item.get("service_tier") or ""),
        is_degraded=_is_degraded(item.get("status")),
    )


def _tokens(value: object) -> int | None:
    """Return a limit in tokens; None where there is none that can be read."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 1 else None


def _is_degraded(status: object) -> bool:
    """Say whether a status means trouble: 0 is well; -1, -2, -3, -5 and -10 are not."""
    return isinstance(status, int) and status < 0
