"""The ways to make an image: the full one first, then what the settings allow to leave out where money is short.

Nothing is left out unless `budget.degrade` says so, and never in silence: each way knows what it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import structlog

from asset_pipeline.images.shop import Shop
from asset_pipeline.ledger import Refused
from asset_pipeline.ledger.money import ZERO, brief
from asset_pipeline.prompts import Competition, Winner
from asset_pipeline.recipes import Recipe
from asset_pipeline.results import Failed
from asset_pipeline.settings import BudgetSettings, Degradation
from asset_pipeline.specs.wanted import canonical_sha256

log = structlog.get_logger(__name__)

_WRITERS = {Degradation.FEWER_WRITERS: 2, Degradation.ONE_WRITER: 1}


@dataclass(frozen=True)
class Way:
    """One way to make an image.

    Args:
        recipe: What is made; its image names the model that is really asked.
        competition: Finds its prompt, with the writers that are really asked.
        left_out: What this way leaves out, as `budget.degrade` names it; nothing for the full way.
        prompt_usd: The most that its prompt can still cost.
        pictures_usd: The most that its original can still cost, by provider: one of its models will make it.
    """

    recipe: Recipe
    competition: Competition
    left_out: tuple[Degradation, ...] = ()
    prompt_usd: Decimal = ZERO
    pictures_usd: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def worst_usd(self) -> Decimal:
        """The most that all of it can still cost."""
        return self.prompt_usd + self.picture_usd

    @property
    def picture_usd(self) -> Decimal:
        """The most that its original can still cost."""
        return max(self.pictures_usd.values(), default=ZERO)

    @property
    def winner(self) -> Winner | None:
        """The prompt, where it has been bought."""
        return self.competition.find(self.recipe.draft)

    @property
    def note(self) -> str | None:
        """What the journal keeps with each of its calls."""
        return f"degraded: {self.named}" if self.left_out else None

    @property
    def named(self) -> str:
        """What it leaves out, for people."""
        names = {step: str(step) for step in self.left_out} | {
            Degradation.CHEAPER_MODEL: f"{Degradation.CHEAPER_MODEL} ({self.recipe.wanted.model})"
        }
        return ", ".join(names[step] for step in self.left_out)


class Ladder:
    """Finds the ways to make the images of a run.

    Args:
        competition: Finds prompts, in full.
        shop: Says what originals cost and which are there.
        budget: What may be left out.
    """

    def __init__(self, competition: Competition, shop: Shop, budget: BudgetSettings) -> None:
        self._competition = competition
        self._shop = shop
        self._budget = budget
        self._fewer = {count: competition.with_writers(count) for count in _WRITERS.values()}
        self._degraded: set[str] = set()
        self._said: set[tuple[Degradation, str]] = set()

    async def load(self, recipes: Sequence[Recipe], delivered: Mapping[str, str]) -> None:
        """Look up, in a few queries, all that was bought before, in whichever way.

        Args:
            recipes: How the images are made in full.
            delivered: The recipe key of each image's last delivery.
        """
        ways = [way for recipe in recipes for way in self._all(recipe)]
        for competition in (self._competition, *self._fewer.values()):
            await competition.load([way.recipe.draft for way in ways if way.competition is competition])
        await self._shop.load([key for way in ways for key in self._content_keys(way)])
        self._degraded = {
            recipe.wanted.key
            for recipe in recipes
            if recipe.wanted.key in delivered and delivered[recipe.wanted.key] == degraded_key(recipe.key, self._budget)
        }

    async def ways(self, recipe: Recipe, *, prompt: bool, picture: bool) -> list[Way] | Failed:
        """Return the ways to make an image, each cheaper than the one before; the first is the full one.

        What was delivered with something left out is done: it is made again as it was, as long as that is free.

        Args:
            recipe: How it is made in full.
            prompt: Whether its prompt is wanted; where it is not, one that was found before is used.
            picture: Whether its picture is wanted.
        """
        first = Way(recipe, self._competition)
        if recipe.wanted.key in self._degraded:
            bought = next((way for way in self._all(recipe) if self._is_bought(way)), None)
            if bought:
                return [bought]
        if not prompt and first.winner is None:
            first = next((way for way in self._all(recipe) if way.winner), first)
        priced = await self._priced(first, prompt=prompt, picture=picture)
        if isinstance(priced, Failed):
            return priced
        ways = [priced]
        for step in self._budget.degrade:
            cheaper = self._without(ways[-1], step)
            offer = await self._priced(cheaper, prompt=prompt, picture=picture) if cheaper else None
            if isinstance(offer, Failed):
                self._say(step, offer.reason, "cannot be left out")
            elif offer and offer.worst_usd < ways[-1].worst_usd:
                ways.append(offer)
        return ways

    def content_keys(self, recipe: Recipe) -> frozenset[str]:
        """Return the content keys of an image's original, by every way and model whose prompt is known."""
        return frozenset(key for way in self._all(recipe) for key in self._content_keys(way))

    def explain(self, way: Way, full: Way, refused: Refused | None) -> str:
        """Return what an image lacks and why, for people, after saying it aloud where it has not been said yet."""
        if not way.left_out:
            return ""
        why = "as it was made before"
        if refused:
            free = max(refused.usable_usd - refused.spent_usd - refused.held_usd, ZERO)
            why = f"in full it needs up to {brief(full.worst_usd)}, and budget {refused.scope!r} has {brief(free)} left"
            for step in way.left_out:
                self._say(step, why, "left out, as the budget is short")
        return f"{way.named}: {why}"

    def _say(self, step: Degradation, why: str, what: str) -> None:
        if (step, what) not in self._said:
            self._said.add((step, what))
            log.warning(f"{step} {what}", why=why)

    def _all(self, recipe: Recipe) -> list[Way]:
        """Return the full way and all that can be made of it by leaving something out."""
        ways = [Way(recipe, self._competition)]
        for step in self._budget.degrade:
            ways += [way for one in ways if (way := self._without(one, step))]
        return ways

    def _without(self, way: Way, step: Degradation) -> Way | None:
        """Return a way with something more left out, or None where there is nothing of the kind to leave out."""
        recipe = replace(way.recipe, key=degraded_key(way.recipe.key, self._budget)) if not way.left_out else way.recipe
        if step is Degradation.CHEAPER_MODEL:
            model = way.recipe.wanted.model
            cheaper = self._budget.cheaper_models.get(model, self._budget.cheaper_models.get(model.partition(":")[0]))
            if cheaper is None or step in way.left_out:
                return None
            recipe = replace(recipe, wanted=recipe.wanted.made_by(cheaper))
            return Way(recipe, way.competition, (*way.left_out, step))
        count = _WRITERS[step]
        if way.competition.writers <= count:
            return None
        kept = tuple(one for one in way.left_out if one not in _WRITERS)
        return Way(recipe, self._fewer[count], (*kept, step))

    async def _priced(self, way: Way, *, prompt: bool, picture: bool) -> Way | Failed:
        """Return a way with what it can still cost."""
        prompt_usd, pictures_usd = ZERO, dict[str, Decimal]()
        if picture and not self._is_bought(way) and not self._is_lost(way):
            most = self._shop.quotes.worst_usd(way.recipe.wanted)
            if isinstance(most, Failed):
                return most
            pictures_usd = most
        if prompt:
            worst = await way.competition.worst_usd(way.recipe.wanted, way.recipe.draft)
            if isinstance(worst, Failed):
                return worst
            prompt_usd = worst
        return replace(way, prompt_usd=prompt_usd, pictures_usd=pictures_usd)

    def _is_bought(self, way: Way) -> bool:
        return any(self._shop.original(key) for key in self._content_keys(way))

    def _is_lost(self, way: Way) -> bool:
        return any(self._shop.is_lost(key) for key in self._content_keys(way))

    def _content_keys(self, way: Way) -> Iterable[str]:
        """Return the content keys of an original, by each model that may make it, where its prompt is known already."""
        winner = way.winner
        if winner is None:
            return ()
        prompt, negative = winner.prompt, winner.negative_prompt
        return self._shop.quotes.content_keys(way.recipe.wanted, prompt=prompt, negative_prompt=negative).values()


def degraded_key(recipe_key: str, budget: BudgetSettings) -> str:
    """Return under which recipe an image is delivered that something was left out of.

    It follows from the full recipe and from what may be left out: so such an image is done until its spec, the
    settings of prompts, or `budget.degrade` change, and is never taken for a full one.
    """
    return canonical_sha256([recipe_key, [str(step) for step in budget.degrade], dict(budget.cheaper_models)])


def current_keys(recipe_key: str, budget: BudgetSettings) -> Iterable[str]:
    """Return the recipes under which a delivery counts as done."""
    return {recipe_key, degraded_key(recipe_key, budget)} if budget.degrade else {recipe_key}
