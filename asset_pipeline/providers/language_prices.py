"""What a language model's answer can cost at most: the dearest over all endpoints that may give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from asset_pipeline.ledger.calls import Price
from asset_pipeline.ledger.money import ZERO, usd, worst
from asset_pipeline.providers.openrouter.endpoints import Endpoint

# Room for what the provider adds around the messages: roles, separators, a schema's echo.
MESSAGE_OVERHEAD_TOKENS = 200
# An average of English text; only for estimates, never for a hold.
BYTES_PER_TOKEN = Decimal(4)


@dataclass(frozen=True)
class LanguagePrice:
    """The dearest price of a model's tokens over the endpoints a request may reach.

    Args:
        input_usd: Per input token, cache writes included.
        output_usd: Per output token, reasoning included.
        request_usd: Per request.
        as_of: Date on which it was seen.
        source: Where.
        picture_usd: Per picture in the prompt, besides its tokens.
        picture_token_usd: Per token of such a picture, where it is dearer than an input token.
    """

    input_usd: Decimal
    output_usd: Decimal
    request_usd: Decimal
    as_of: str
    source: str
    picture_usd: Decimal = ZERO
    picture_token_usd: Decimal = ZERO

    def worst_usd(self, *, prompt_bytes: int, max_tokens: int, pictures: int = 0, picture_tokens: int = 0) -> Decimal:
        """Return the most an answer can cost: a token is at least one byte of the prompt.

        Args:
            prompt_bytes: Of the prompt without its pictures.
            max_tokens: Longest answer.
            pictures: In the prompt.
            picture_tokens: Most tokens of all of them; their bytes say nothing about that.
        """
        tokens = prompt_bytes + MESSAGE_OVERHEAD_TOKENS
        seen = self.picture_usd * pictures + max(self.input_usd, self.picture_token_usd) * picture_tokens
        return worst(self.input_usd * tokens + self.output_usd * max_tokens + self.request_usd + seen)

    def likely_usd(self, *, prompt_bytes: int, output_tokens: int) -> Decimal:
        """Return what an answer of a length probably costs."""
        tokens = Decimal(prompt_bytes) / BYTES_PER_TOKEN
        return usd(self.input_usd * tokens + self.output_usd * output_tokens + self.request_usd)

    def record(self) -> Price:
        """Return what the journal keeps of it."""
        prices = {
            "input": str(self.input_usd),
            "output": str(self.output_usd),
            "request": str(self.request_usd),
        }
        pictures = {"image": self.picture_usd, "image_token": self.picture_token_usd}
        prices |= {name: str(price) for name, price in pictures.items() if price}
        return Price("token", prices, self.as_of, self.source)


def dearest(endpoints: Sequence[Endpoint], *, as_of: str) -> LanguagePrice | None:
    """Return the dearest price over endpoints, or None where one of them has none that can be trusted."""
    rates = [endpoint.rates for endpoint in endpoints if endpoint.rates]
    if len(rates) < len(endpoints) or max((one.output for one in rates), default=ZERO) == 0:
        return None
    return LanguagePrice(
        max(one.input for one in rates),
        max(one.output for one in rates),
        max(one.request for one in rates),
        as_of,
        "openrouter endpoints",
        picture_usd=max(one.picture for one in rates),
        picture_token_usd=max(one.picture_token for one in rates),
    )


def dearest_listed(endpoints: Sequence[Endpoint]) -> tuple[Decimal, Decimal]:
    """Return the dearest input and output price that endpoints list, by the token: what `max_price` is held against.

    Cache writes and reasoning are left out, as OpenRouter documents the guard for `prompt` and `completion` alone.
    """
    rates = [endpoint.rates for endpoint in endpoints if endpoint.rates]
    return (
        max((one.listed_input for one in rates), default=ZERO),
        max((one.listed_output for one in rates), default=ZERO),
    )
