"""What a language model is asked, apart from how and where: that alone decides whether an answer was bought before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from asset_pipeline.providers.language_prices import LanguagePrice
from asset_pipeline.providers.openrouter.pictures import Picture
from asset_pipeline.providers.openrouter.routing import Format
from asset_pipeline.specs.wanted import canonical_json, canonical_sha256

# Stands before the schema where a provider cannot be given one; `json_object` is refused where nobody speaks of JSON.
IN_WORDS = "Answer with one JSON object that fits this JSON Schema, and with nothing before or after it:"


@dataclass(frozen=True)
class Question:
    """What is asked, complete.

    Args:
        kind: `writer`, `judge` or `vision`.
        model: As OpenRouter names it.
        messages: Role and content, in order.
        schema_name: Name of the wanted JSON.
        schema: JSON Schema of the answer.
        max_tokens: Longest answer.
        pictures: Shown after the words of the last message.
        image_tokens: Most tokens that one of them may take.
    """

    kind: str
    model: str
    messages: Sequence[Mapping[str, str]]
    schema_name: str
    schema: Mapping[str, Any]
    max_tokens: int
    pictures: Sequence[Picture] = ()
    image_tokens: int = 0

    def content_key(self, *, mode: str, reasoning: Mapping[str, object] | None) -> str:
        """Return the hash over everything that decides the answer.

        Providers, prices and the way the form is asked for are left out: they change at OpenRouter from day to day,
        and must not have an answer bought twice.

        Args:
            mode: `sandbox` or `live`.
            reasoning: What the settings say of it; None where they say nothing.
        """
        decisive = {
            "stage": self.kind,
            "mode": mode,
            "model": self.model,
            "messages": self._shown(self.messages),
            "schema": {"name": self.schema_name, "schema": self.schema},
            "max_tokens": self.max_tokens,
            "reasoning": reasoning,
        }
        return canonical_sha256(decisive)

    def form(self, form: Format) -> dict[str, Any]:
        """Return the part of a request that says what is asked, and in which form the answer is wanted.

        Of pictures it has the hashes; they are put in when it is sent.
        """
        if form is Format.SCHEMA:
            schema = {"name": self.schema_name, "strict": True, "schema": self.schema}
            wanted = {"type": "json_schema", "json_schema": schema}
            return {"messages": self._shown(self.messages), "response_format": wanted}
        told: dict[str, Any] = {"messages": self._shown(self._in_words())}
        return told | ({"response_format": {"type": "json_object"}} if form is Format.OBJECT else {})

    @cached_property
    def prompt_bytes(self) -> int:
        """How long it is at most, in whichever form: so its hold does not depend on what a provider supports.

        Pictures are left out: what they cost is no matter of their bytes, and must be known before they are there.
        """
        words = replace(self, pictures=())
        return max(len(canonical_json(words.form(form)).encode()) for form in Format)

    @property
    def picture_tokens(self) -> int:
        """Most tokens of all its pictures."""
        return self.image_tokens * len(self.pictures)

    def worst_usd(self, price: LanguagePrice) -> Decimal:
        """Return the most it can cost at a price."""
        return price.worst_usd(
            prompt_bytes=self.prompt_bytes,
            max_tokens=self.max_tokens,
            pictures=len(self.pictures),
            picture_tokens=self.picture_tokens,
        )

    def _shown(self, messages: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
        """Return messages with the pictures in the last of them."""
        shown: list[dict[str, Any]] = [dict(message) for message in messages]
        if self.pictures:
            words = {"type": "text", "text": shown[-1]["content"]}
            shown[-1]["content"] = [words, *(picture.reference for picture in self.pictures)]
        return shown

    def _in_words(self) -> list[dict[str, str]]:
        """Return the messages with the schema in the first that speaks for the system, or in one before all others."""
        schema = f"{IN_WORDS}\n{canonical_json(self.schema)}"
        messages = [dict(message) for message in self.messages]
        for message in messages:
            if message["role"] == "system":
                message["content"] = f"{message['content']}\n\n{schema}"
                return messages
        return [{"role": "system", "content": schema}, *messages]
