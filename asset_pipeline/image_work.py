"""Takes one image through its stages, as far as it goes, and says what happened at each."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from asset_pipeline.admission import Admission
from asset_pipeline.audit import Audit, Auditor
from asset_pipeline.images import Delivered, ImageMaker
from asset_pipeline.images.maker import Order
from asset_pipeline.ledger import Stage
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.prompts import Competition, Draft, Winner
from asset_pipeline.recipes import Recipe
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.slots import Places, Slot
from asset_pipeline.specs import WantedImage
from asset_pipeline.spender import Spender


class Asset(StrEnum):
    """The three stages of an image, in their order; also the names of the Dagster assets."""

    PROMPTS = "prompts"
    ORCHESTRATED_PROMPTS = "orchestrated_prompts"
    GENERATED_IMAGES = "generated_images"


Payload: TypeAlias = Draft | Winner | Delivered | Failed | Waiting


@dataclass(frozen=True)
class StageResult:
    """What happened to one image at one stage.

    Args:
        wanted: The image.
        asset: The stage.
        payload: What it brought, or why it brought nothing.
        seconds: How long it took.
        input_key: Content key of what the stage before had brought.
        audit: For a finished file: whether file and ledger agree.
    """

    wanted: WantedImage
    asset: Asset
    payload: Payload
    seconds: float
    input_key: str | None = None
    audit: Audit | None = None


@dataclass(frozen=True)
class ImageWork:
    """What working on an image needs.

    Args:
        competition: Finds prompts.
        maker: Makes files.
        auditor: Compares files and ledger.
        admission: Lets images in as the budget allows.
        places: Bounds the images that wait for a provider.
        stage: Which budget pays.
        assets: The stages that are wanted.
        run_id: Recorded with every call and file.
    """

    competition: Competition
    maker: ImageMaker
    auditor: Auditor
    admission: Admission
    places: Places
    stage: Stage
    assets: frozenset[Asset]
    run_id: str | None

    async def stages(self, wanted: WantedImage, recipe: Recipe | Failed) -> AsyncIterator[StageResult]:
        """Yield a result per stage; after one that brought nothing there are no more."""
        clock = _Clock()
        if isinstance(recipe, Failed):
            yield StageResult(wanted, self._first(), recipe, clock.lap())
            return
        if Asset.PROMPTS in self.assets:
            yield StageResult(wanted, Asset.PROMPTS, recipe.draft, clock.lap())
        if self.assets == {Asset.PROMPTS}:
            return
        first_paid = min(self.assets - {Asset.PROMPTS}, key=list(Asset).index)
        worst = await self._worst_usd(recipe)
        if isinstance(worst, Failed):
            yield StageResult(wanted, first_paid, worst, clock.lap())
            return
        entrance = self.admission.enter(wanted.key, worst, stage=self.stage, collection=wanted.collection)
        async with entrance as refused:
            if refused:
                yield StageResult(wanted, first_paid, Waiting(refused.message, refused), clock.lap())
                return
            spender = Spender(wanted, self.stage, self.run_id, Slot(self.places))
            winner = await self._prompt(recipe, spender)
            if Asset.ORCHESTRATED_PROMPTS in self.assets or not isinstance(winner, Winner):
                yield StageResult(wanted, first_paid, winner, clock.lap(), recipe.draft.content_key)
            if isinstance(winner, Winner) and Asset.GENERATED_IMAGES in self.assets:
                made = await self._make(recipe, winner, spender)
                audit = await self.auditor.audit(wanted) if isinstance(made, Delivered) else None
                yield StageResult(wanted, Asset.GENERATED_IMAGES, made, clock.lap(), winner.content_key, audit)

    def failure(self, wanted: WantedImage, reason: str) -> StageResult:
        """Return the result of an image whose work broke off for a reason nobody foresaw."""
        last = max(self.assets, key=list(Asset).index)
        return StageResult(wanted, last, Failed(reason), 0.0)

    def _first(self) -> Asset:
        return min(self.assets, key=list(Asset).index)

    async def _worst_usd(self, recipe: Recipe) -> Decimal | Failed:
        """Return the most that an image can still cost at the wanted stages."""
        total = ZERO
        if Asset.GENERATED_IMAGES in self.assets and not is_bought(recipe, self.competition, self.maker):
            price = self.maker.price(recipe.wanted)
            if isinstance(price, Failed):
                return price
            total += price.worst_usd()
        if Asset.ORCHESTRATED_PROMPTS in self.assets:
            worst = await self.competition.worst_usd(recipe.wanted, recipe.draft)
            return worst if isinstance(worst, Failed) else total + worst
        return total

    async def _prompt(self, recipe: Recipe, spender: Spender) -> Winner | Failed | Waiting:
        if Asset.ORCHESTRATED_PROMPTS in self.assets:
            return await self.competition.run(spender, recipe.draft)
        key = recipe.wanted.key
        return self.competition.find(recipe.draft) or Failed(
            f"{key} has no orchestrated prompt, or none since its spec or the settings changed; make it first:"
            " dagster asset materialize -m asset_pipeline.definitions"
            f" --select orchestrated_prompts,generated_images --partition {key}"
        )

    async def _make(self, recipe: Recipe, winner: Winner, spender: Spender) -> Delivered | Failed | Waiting:
        order = Order(
            spender=spender,
            prompt=winner.prompt,
            negative_prompt=winner.negative_prompt,
            prompt_key=winner.content_key,
            recipe_key=recipe.key,
        )
        return await self.maker.make(order)


def bought_key(recipe: Recipe, competition: Competition, maker: ImageMaker) -> str | None:
    """Return the content key of an image's original where its prompt is known already."""
    winner = competition.find(recipe.draft)
    if winner is None:
        return None
    return maker.content_key(recipe.wanted, prompt=winner.prompt, negative_prompt=winner.negative_prompt)


def is_bought(recipe: Recipe, competition: Competition, maker: ImageMaker) -> bool:
    """Say whether an image's original has been bought."""
    key = bought_key(recipe, competition, maker)
    return key is not None and maker.is_bought(key)


class _Clock:
    """Measures one stage after the other."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def lap(self) -> float:
        """Return the seconds since the last lap."""
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        return seconds
