"""The language models of the sandbox's OpenRouter, and who offers each: at which price, with which abilities.

Most have one provider that can do all. Three exist for what real ones differ in: `deepseek-v4.1-flash` has many
providers of different prices, `glm-5.3-flash` gives JSON but takes no schema, `mimo-v2.6-flash` takes plain words only.
The prices are near the real ones; who offers what is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.sandbox.tariff import LANGUAGE_MODELS

CONTEXT_LENGTH = 200_000
_MILLION = 1_000_000
_SAMPLING = ("temperature", "top_p", "stop", "seed")
_PLAIN = ("max_tokens", *_SAMPLING, "response_format")
_ALL = (*_PLAIN, "structured_outputs")


@dataclass(frozen=True)
class Offer:
    """One provider of a model.

    Args:
        tag: Its name in requests.
        provider: Its name for people.
        prompt_usd: Per token.
        completion_usd: Per token.
        cache_write_usd: Per token.
        parameters: What it supports.
        max_completion_tokens: Longest answer; a request for a longer one never reaches it.
        service_tier: Of the endpoint; None is the default one.
        status: 0 is well, below is not.
        overrides: Prices at other hours, as documented; the sandbox always charges the usual one.
    """

    tag: str
    provider: str
    prompt_usd: Decimal
    completion_usd: Decimal
    cache_write_usd: Decimal
    parameters: tuple[str, ...] = _ALL
    max_completion_tokens: int = 32_000
    service_tier: str | None = None
    status: int = 0
    overrides: tuple[Mapping[str, str], ...] = ()

    def pricing(self) -> dict[str, Any]:
        """Return its prices as the API shows them: text, USD per token."""
        prices: dict[str, Any] = {
            "prompt": f"{self.prompt_usd:f}",
            "completion": f"{self.completion_usd:f}",
            "request": "0",
            "input_cache_write": f"{self.cache_write_usd:f}",
        }
        return prices | ({"overrides": list(self.overrides)} if self.overrides else {})


def _offer(tag: str, provider: str, prompt: str, completion: str, *parameters: str, **more: Any) -> Offer:  # noqa: ANN401
    usd, answer_usd = Decimal(prompt) / _MILLION, Decimal(completion) / _MILLION
    return Offer(tag, provider, usd, answer_usd, usd, parameters or _ALL, **more)


_PEAK = {"utc_start": "0100", "utc_end": "0400", "prompt": "0.0000003", "completion": "0.0000012"}

OFFERS: Mapping[str, tuple[Offer, ...]] = {
    **{model: (Offer("sandbox", "Sandbox", *prices),) for model, prices in LANGUAGE_MODELS.items()},
    "deepseek/deepseek-v4.1-flash": (
        _offer(
            "deepseek", "DeepSeek", "0.15", "0.60", "max_tokens", "response_format", "reasoning", overrides=(_PEAK,)
        ),
        _offer("novita/fp8", "NovitaAI", "0.20", "0.80", *_ALL, "reasoning"),
        _offer("together", "Together", "0.30", "1.20", *_ALL, "max_completion_tokens", "reasoning"),
        _offer("together/fast", "Together", "0.90", "3.60", *_ALL, "reasoning", service_tier="fast"),
        _offer("chutes", "Chutes", "0.10", "0.40", *_ALL, "reasoning", status=-2),
        _offer("short", "Short", "0.10", "0.40", *_ALL, "reasoning", max_completion_tokens=64),
    ),
    "z-ai/glm-5.3-flash": (_offer("z-ai", "Z.AI", "0.06", "0.30", *_PLAIN),),
    "xiaomi/mimo-v2.6-flash": (_offer("xiaomi", "Xiaomi", "0.05", "0.25", "max_completion_tokens", *_SAMPLING),),
}
