"""What a template is told about an image: plain values only, each computed when a template asks for it.

So a mistake in `tones.yaml` fails the images whose templates speak of a tone, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from asset_pipeline.errors import PromptFileError
from asset_pipeline.prompts.advice import Advice, advice_for
from asset_pipeline.prompts.bounded import NAMES
from asset_pipeline.prompts.guides import Choice, Guide
from asset_pipeline.prompts.sources import PromptFile, PromptSources
from asset_pipeline.prompts.tiers import (
    SYMBOLS_FILE,
    TIERS_FILE,
    Symbols,
    Tiers,
    choose_symbol,
    choose_tier,
    named_thing,
    read_symbols,
    read_tiers,
)
from asset_pipeline.prompts.tones import TONES_FILE, Tones, choose_styles, choose_tone, read_tones
from asset_pipeline.prompts.wording import colour_name, without
from asset_pipeline.specs import WantedImage


class Guides:
    """The files of rules that count, each read when it is first needed, and once.

    Args:
        sources: Where they are.
    """

    def __init__(self, sources: PromptSources) -> None:
        self._sources = sources
        self._read: dict[str, Guide[Any] | PromptFileError] = {}

    @property
    def tones(self) -> Guide[Tones]:
        """`tones.yaml`."""
        return self._guide(TONES_FILE, read_tones)

    @property
    def tiers(self) -> Guide[Tiers]:
        """`tiers.yaml`."""
        return self._guide(TIERS_FILE, read_tiers)

    @property
    def symbols(self) -> Guide[Symbols]:
        """`symbols.yaml`."""
        return self._guide(SYMBOLS_FILE, read_symbols)

    def _guide(self, name: str, read: Callable[[PromptFile], Guide[Any]]) -> Guide[Any]:
        if name not in self._read:
            try:
                self._read[name] = read(self._sources.require(name))
            except PromptFileError as error:
                self._read[name] = error
        found = self._read[name]
        if isinstance(found, PromptFileError):
            raise PromptFileError(found.problems)
        return found


class ImageContext:
    """One image's values for its template.

    Args:
        wanted: The image.
        guides: The rules.
    """

    def __init__(self, wanted: WantedImage, guides: Guides) -> None:
        self._wanted = wanted
        self._guides = guides

    def values(self, names: frozenset[str]) -> dict[str, Any]:
        """Return those variables that a template uses.

        Raises:
            PromptFileError: A file of rules that one of them needs is wrong, or has no tone of the spec's.
        """
        return {name: getattr(self, f"_{name}") for name in NAMES if name in names}

    @cached_property
    def tier(self) -> Choice:
        """The visual tier, and why."""
        return choose_tier(self._guides.tiers, self._wanted)

    @cached_property
    def tone(self) -> Choice:
        """The emotional tone, and why."""
        return choose_tone(self._guides.tones, self._wanted)

    @cached_property
    def symbol(self) -> Choice:
        """The thing that stands for the image, and why."""
        return choose_symbol(self._guides.symbols, self._wanted)

    @cached_property
    def style(self) -> Mapping[str, str]:
        """One element of each list."""
        return choose_styles(self._guides.tones.says.styles, self._wanted)

    @cached_property
    def advice(self) -> Advice:
        """What its model wants to read."""
        return advice_for(self._wanted.model)

    # Methods of a model would let a template read files and run code; so everything is dumped to plain values.

    @cached_property
    def _image(self) -> dict[str, Any]:
        dumped = self._wanted.model_dump(mode="json", exclude={"master_prompt"})
        return dumped | {"size": f"{self._wanted.width}x{self._wanted.height}"}

    @property
    def _theme(self) -> dict[str, Any]:
        theme: dict[str, Any] = self._image["theme"]
        return theme

    @property
    def _palette(self) -> list[dict[str, str]]:
        return [{"name": name, "hex": code, "colour": colour_name(code)} for name, code in self._wanted.theme.palette]

    @property
    def _avoid(self) -> dict[str, list[str]]:
        instead, rest = without(self._wanted.theme.avoid, self._wanted.type)
        return {"instead": instead, "rest": rest}

    @property
    def _tier(self) -> dict[str, Any]:
        name = str(self.tier.value)
        return {"name": name} | self._guides.tiers.says.tiers[name].model_dump(mode="json")

    @property
    def _tone(self) -> dict[str, Any] | None:
        name = self.tone.value
        if name is None:
            return None
        entry = self._guides.tones.says.tones[name]
        return {"name": name, "strength": entry.strength} | entry.model_dump(mode="json")

    @property
    def _chosen(self) -> dict[str, str]:
        return dict(self.style)

    @property
    def _symbol(self) -> str:
        return self.symbol.value or ""

    @property
    def _focus(self) -> str:
        """What to look at in a scene: the symbol, or any object where the words name none."""
        if self.symbol.value:
            return self.symbol.value
        return "" if self._has_a_thing else self.style["objects"]

    @property
    def _has_a_thing(self) -> bool:
        return named_thing(self._guides.symbols, self._wanted) is not None

    @property
    def _model(self) -> dict[str, Any]:
        advice = self.advice
        return {
            "name": self._wanted.model,
            "family": advice.family,
            "wants": str(advice.wants),
            "takes_negative": advice.takes_negative,
        }
