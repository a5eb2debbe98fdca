"""Takes one image through its stages, as far as it goes, and says what happened at each."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from asset_pipeline.admission import Admission, Offer
from asset_pipeline.audit import Audit, Auditor
from asset_pipeline.images import Delivered, ImageMaker
from asset_pipeline.images.order import Order
from asset_pipeline.images.shop import Shop
from asset_pipeline.ledger import Refused
from asset_pipeline.ledger.approvals import SCOPE
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.prompts import Draft, Winner
from asset_pipeline.recipes import Recipe
from asset_pipeline.results import Failed, Gated, Waiting
from asset_pipeline.rollout.gate import Gate
from asset_pipeline.rollout.lane import Pass
from asset_pipeline.slots import Places, Slot
from asset_pipeline.specs import WantedImage
from asset_pipeline.spender import Spender
from asset_pipeline.ways import Ladder, Way


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
        degraded: What was left out of it and why, for people; empty where nothing was.
    """

    wanted: WantedImage
    asset: Asset
    payload: Payload
    seconds: float
    input_key: str | None = None
    audit: Audit | None = None
    degraded: str = ""


@dataclass(frozen=True)
class ImageWork:
    """What working on an image needs.

    Args:
        ladder: Knows the ways to make an image.
        maker: Makes files.
        shop: Where originals come from.
        auditor: Compares files and ledger.
        admission: Lets images in as the budget allows.
        places: Bounds the images that wait for a provider.
        gate: Says which images people let pass, and by which budget.
        assets: The stages that are wanted.
        run_id: Recorded with every call and file.
    """

    ladder: Ladder
    maker: ImageMaker
    shop: Shop
    auditor: Auditor
    admission: Admission
    places: Places
    gate: Gate
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
        ways = await self.ladder.ways(
            recipe, prompt=Asset.ORCHESTRATED_PROMPTS in self.assets, picture=Asset.GENERATED_IMAGES in self.assets
        )
        if isinstance(ways, Failed):
            yield StageResult(wanted, first_paid, ways, clock.lap())
            return
        passed = await self.gate.enter(wanted, is_free=not ways[0].worst_usd)
        if isinstance(passed, Gated):
            yield StageResult(wanted, first_paid, passed, clock.lap())
            return
        offers = await self._offers(ways, passed)
        async with self.admission.enter([offer for _, offer in offers]) as entered:
            if isinstance(entered, Refused):
                yield StageResult(wanted, first_paid, Waiting(entered.message, entered), clock.lap())
                return
            halted = self.gate.halted(wanted) if ways[0].worst_usd else None
            if halted:  # it may have waited for its budget
                yield StageResult(wanted, first_paid, halted, clock.lap())
                return
            way, _ = offers[entered.taken]
            degraded = self.ladder.explain(way, ways[0], entered.refused)
            async for result in self._paid_stages(recipe, way, passed, first_paid=first_paid, clock=clock):
                yield replace(result, degraded=degraded)

    async def _paid_stages(
        self, full: Recipe, way: Way, passed: Pass, *, first_paid: Asset, clock: _Clock
    ) -> AsyncIterator[StageResult]:
        """Yield a result per paid stage of an image that is let in."""
        recipe, wanted = way.recipe, way.recipe.wanted
        slot = Slot(self.places)
        spender = Spender(wanted, passed.stage, self.run_id, slot, note=way.note, approval=passed.approval)
        closed = self.shop.closed(wanted) if way.picture_usd else None
        if closed:  # no prompt is paid for an image that nobody will make in this run
            yield StageResult(wanted, first_paid, Waiting(closed), clock.lap())
            return
        winner = await self._prompt(way, spender)
        if Asset.ORCHESTRATED_PROMPTS in self.assets or not isinstance(winner, Winner):
            yield StageResult(wanted, first_paid, winner, clock.lap(), recipe.draft.content_key)
        if isinstance(winner, Winner) and Asset.GENERATED_IMAGES in self.assets:
            made = await self._make(full, recipe, winner, spender)
            audit = await self.auditor.audit(wanted) if isinstance(made, Delivered) else None
            yield StageResult(wanted, Asset.GENERATED_IMAGES, made, clock.lap(), winner.content_key, audit)

    def failure(self, wanted: WantedImage, reason: str) -> StageResult:
        """Return the result of an image whose work broke off for a reason nobody foresaw."""
        last = max(self.assets, key=list(Asset).index)
        return StageResult(wanted, last, Failed(reason), 0.0)

    def _first(self) -> Asset:
        return min(self.assets, key=list(Asset).index)

    async def _offers(self, ways: Sequence[Way], passed: Pass) -> list[tuple[Way, Offer]]:
        """Return what each way may cost; a look at the picture comes second to any picture, so it may be missing."""
        offers = []
        for way in ways:
            wanted = way.recipe.wanted
            look_usd = await self.maker.look_usd(wanted) if Asset.GENERATED_IMAGES in self.assets else ZERO
            offers += [(way, self._offer(way, look_usd, passed))] if look_usd else []
            offers.append((way, self._offer(way, ZERO, passed)))
        return offers

    def _offer(self, way: Way, look_usd: Decimal, passed: Pass) -> Offer:
        """Return what an image may cost, by the budget that pays."""
        total = way.worst_usd + look_usd
        needs = {"total": total, "day": total, str(passed.stage): total}
        if passed.approval:
            needs[f"{SCOPE}{passed.approval}"] = total
        needs[f"collection:{way.recipe.wanted.collection}"] = total
        needs["provider:openrouter"] = way.prompt_usd + look_usd
        for provider, usd in way.pictures_usd.items():
            needs[f"provider:{provider}"] = needs.get(f"provider:{provider}", ZERO) + usd
        without = f", made with {way.named}," if way.left_out else ""
        return Offer(needs, f"the image with its prompt{without}")

    async def _prompt(self, way: Way, spender: Spender) -> Winner | Failed | Waiting:
        if Asset.ORCHESTRATED_PROMPTS in self.assets:
            return await way.competition.run(spender, way.recipe.draft)
        key = way.recipe.wanted.key
        return way.winner or Failed(
            f"{key} has no orchestrated prompt, or none since its spec or the settings changed; make it first:"
            " dagster asset materialize -m asset_pipeline.definitions"
            f" --select orchestrated_prompts,generated_images --partition {key}"
        )

    async def _make(
        self, full: Recipe, recipe: Recipe, winner: Winner, spender: Spender
    ) -> Delivered | Failed | Waiting:
        order = Order(
            spender=spender,
            prompt=winner.prompt,
            negative_prompt=winner.negative_prompt,
            prompt_key=winner.content_key,
            recipe_key=recipe.key,
            rivals=self.ladder.content_keys(full),
        )
        return await self.maker.make(order)


class _Clock:
    """Measures one stage after the other."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def lap(self) -> float:
        """Return the seconds since the last lap."""
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        return seconds
