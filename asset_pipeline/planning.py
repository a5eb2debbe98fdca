"""Says what a run would do and cost, without a single request: from the specs, the price table and the ledger alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from asset_pipeline.image_work import Asset
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.model_pages import read_pages
from asset_pipeline.images.order import Purchase
from asset_pipeline.images.quotes import Quotes
from asset_pipeline.images.store import Delivery, read_deliveries, read_lost, read_originals
from asset_pipeline.images.vision import most_looks, read_looked, vision_question
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.project import Project
from asset_pipeline.prompts import Draft, Winner
from asset_pipeline.prompts.chat import Question
from asset_pipeline.prompts.competition import free_winner
from asset_pipeline.prompts.costs import competition_questions
from asset_pipeline.prompts.store import read_winners
from asset_pipeline.providers.language_prices import BYTES_PER_TOKEN
from asset_pipeline.providers.openrouter.pictures import Picture
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.recipes import Recipe
from asset_pipeline.results import Failed
from asset_pipeline.services import prompt_terms, recipe_book
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.takes import with_takes
from asset_pipeline.ways import current_keys

# How long answers are, in tokens; seen in practice, only for estimates.
SHORT_WRITER, USUAL_WRITER = 60, 220
SHORT_SCORE, USUAL_SCORE = 20, 35  # of one criterion, its sentence included
# Of a look at a finished picture: what it is told of the picture and what it says, in tokens; only for estimates.
USUAL_PICTURE, SHORT_SIGHT, USUAL_SIGHT = 300, 30, 60
# How often a judge is asked once more, as it is close; only for estimates.
SECOND_JUDGING = Decimal("0.3")


@dataclass(frozen=True)
class Cost:
    """A range of money, in USD.

    Args:
        least: If every answer is short.
        expected: If everything is as usual.
        worst: What would be held.
    """

    least: Decimal = ZERO
    expected: Decimal = ZERO
    worst: Decimal = ZERO

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.least + other.least, self.expected + other.expected, self.worst + other.worst)

    def perhaps(self, share: Decimal) -> Cost:
        """Return what it costs where it comes about in a share of cases only."""
        return Cost(ZERO, self.expected * share, self.worst)


@dataclass(frozen=True)
class PlannedImage:
    """What would be done for one image.

    Args:
        wanted: The image.
        is_current: The finished file is there, made from exactly this recipe.
        prompt_cost: Of its prompt; nothing where it has been bought.
        image_cost: Of its original, and of a look at it where one is wanted; nothing where they have been bought.
        problem: Why it cannot be made.
    """

    wanted: WantedImage
    is_current: bool
    prompt_cost: Cost
    image_cost: Cost
    problem: str | None = None

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing: it is current, or all of it was bought before."""
        return self.problem is None and (self.prompt_cost + self.image_cost).worst == ZERO


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Args:
        images: All images, in the specs' order.
        remarks: What the figures leave out.
    """

    images: tuple[PlannedImage, ...]
    remarks: tuple[str, ...]

    def cost(self, asset: Asset, images: Iterable[PlannedImage] | None = None) -> Cost:
        """Return what a stage would cost, for some of the images or all."""
        total = Cost()
        for image in self.images if images is None else images:
            if asset is Asset.ORCHESTRATED_PROMPTS:
                total += image.prompt_cost
            elif asset is Asset.GENERATED_IMAGES:
                total += image.image_cost
        return total

    @property
    def total(self) -> Cost:
        """What all of it would cost."""
        return sum((self.cost(asset) for asset in Asset), Cost())


@dataclass
class _Known:
    """What has been bought and delivered before; `looked` are images whose picture a language model has seen."""

    winners: dict[str, Winner] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    originals: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    deliveries: dict[str, Delivery] = field(default_factory=dict)

    def winner(self, prompt_keys: Sequence[str]) -> Winner | None:
        """Return the prompt that was found under the first of some hashes."""
        return next((self.winners[key] for key in prompt_keys if key in self.winners), None)


class Planner:
    """Plans runs.

    Args:
        project: The project.
        database: The shared database; read only if it is there.
    """

    def __init__(self, project: Project, database: Database) -> None:
        self._project = project
        self._terms = prompt_terms(project)
        self._mode = str(project.settings.mode)
        self._database = database
        self._prices = PriceTable(project.settings.prices)
        pages = database.run(lambda connection: read_pages(connection, self._mode)) if database.exists else {}
        models = ModelBook(pages)
        self._quotes = Quotes(models, self._prices, mode=self._mode, rebuys=project.settings.images.rebuys)
        self._recipes = recipe_book(project, models)
        self._files = FileStore(project.paths)

    def plan(self, images: Sequence[WantedImage]) -> Plan:
        """Return what a run over images would do, with all that people want of them; equal wishes are counted once."""
        if self._database.exists:
            images = self._database.run(lambda connection: with_takes(connection, images))
        return self.plan_as_given(images)

    def plan_as_given(self, images: Sequence[WantedImage]) -> Plan:
        """Return what a run over exactly these images would do."""
        recipes = {image.key: self._recipes.recipe(image) for image in images}
        known = self._known([recipe for recipe in recipes.values() if isinstance(recipe, Recipe)])
        paid: set[str] = set()
        remarks: dict[str, None] = {}
        planned = []
        for image in images:
            recipe = recipes[image.key]
            if isinstance(recipe, Failed):
                planned.append(PlannedImage(image, False, Cost(), Cost(), recipe.reason))
            else:
                planned.append(self._image(recipe, known, paid, remarks))
        return Plan(tuple(planned), tuple(remarks))

    def _image(self, recipe: Recipe, known: _Known, paid: set[str], remarks: dict[str, None]) -> PlannedImage:
        wanted = recipe.wanted
        delivery = known.deliveries.get(wanted.key)
        current = current_keys(recipe.key, self._project.settings.budget)
        if delivery and delivery.recipe_key in current and self._files.is_there(delivery.file.path):
            return PlannedImage(wanted, is_current=True, prompt_cost=Cost(), image_cost=Cost())
        prompt_key = self._terms.key(recipe.draft)
        winner = known.winner(self._terms.keys(recipe.draft))
        content_keys = self._content_keys(wanted, winner) if winner else []
        if known.lost.intersection(content_keys):
            reason = f"it was paid for and is lost; to buy it again: asset-pipeline regenerate {wanted.key}"
            return PlannedImage(wanted, is_current=False, prompt_cost=Cost(), image_cost=Cost(), problem=reason)
        image_cost = Cost()
        is_bought = bool(known.originals.intersection(content_keys))
        if recipe.key not in paid and not (is_bought and wanted.key in known.looked):
            image_cost = self._look(wanted, remarks)
        if not is_bought and recipe.key not in paid:
            cost = self._original(wanted)
            if isinstance(cost, Failed):
                return PlannedImage(
                    wanted, is_current=False, prompt_cost=Cost(), image_cost=Cost(), problem=cost.reason
                )
            image_cost += cost
        paid.add(recipe.key)
        prompt_cost = Cost()
        if winner is None and prompt_key not in paid and self._terms.writers:
            prompt_cost = self._competition(wanted, recipe.draft, remarks)
            paid.add(prompt_key)
        return PlannedImage(wanted, is_current=False, prompt_cost=prompt_cost, image_cost=image_cost)

    def _competition(self, wanted: WantedImage, draft: Draft, remarks: dict[str, None]) -> Cost:
        questions = competition_questions(wanted, draft, self._terms)
        writing = [self._question(one, remarks, short=SHORT_WRITER, usual=USUAL_WRITER) for one in questions.writers]
        total = _some(writing, questions.asked)
        scores = questions.asked * len(self._terms.settings.criteria.weights())
        for judge, share in ((questions.judge, None), (questions.again, SECOND_JUDGING)):
            if judge:
                cost = self._question(judge, remarks, short=SHORT_SCORE * scores, usual=USUAL_SCORE * scores)
                total += cost if share is None else cost.perhaps(share)
        return total

    def _look(self, wanted: WantedImage, remarks: dict[str, None]) -> Cost:
        """Return what a language model's look at the finished picture costs, where one is wanted; usually it is one."""
        settings = self._project.settings
        rule = settings.checks.vision
        if not rule.enabled:
            return Cost()
        question = vision_question(wanted, Picture(b""), rule)
        cost = self._question(question, remarks, short=SHORT_SIGHT, usual=USUAL_SIGHT)
        return replace(cost, worst=cost.worst * most_looks(rule, rebuys=settings.images.rebuys))

    def _question(self, question: Question, remarks: dict[str, None], *, short: int, usual: int) -> Cost:
        price = self._prices.language(question.model)
        if price is None:
            remarks[f"no estimate is known for {question.model}; a run asks OpenRouter before it spends"] = None
            return Cost()
        size = _usual_bytes(question) + len(question.pictures) * USUAL_PICTURE * int(BYTES_PER_TOKEN)
        return Cost(
            price.likely_usd(prompt_bytes=size, output_tokens=short),
            price.likely_usd(prompt_bytes=size, output_tokens=usual),
            question.worst_usd(price),
        )

    def _original(self, wanted: WantedImage) -> Cost | Failed:
        """Return what an original costs: usually its first model's price, at worst the dearest of them all."""
        worst = self._quotes.worst_usd(wanted)
        if isinstance(worst, Failed):
            return worst
        offers = (self._quotes.quote(wanted.made_by(model), prompt="") for model in wanted.models)
        first = next(offer for offer in offers if isinstance(offer, Purchase))
        usual = first.price.likely_usd(first.chosen.output)
        return Cost(usual, usual, max(worst.values()))

    def _content_keys(self, wanted: WantedImage, winner: Winner) -> list[str]:
        prompt, negative = winner.prompt, winner.negative_prompt
        return list(self._quotes.content_keys(wanted, prompt=prompt, negative_prompt=negative).values())

    def _known(self, recipes: Sequence[Recipe]) -> _Known:
        if not self._database.exists or not recipes:
            return _Known()
        prompt_keys = {r.wanted.key: self._terms.keys(r.draft) for r in recipes}
        asked = sorted({key for keys in prompt_keys.values() for key in keys})
        known = self._database.run(
            lambda connection: _Known(
                read_winners(connection, asked), deliveries=read_deliveries(connection, list(prompt_keys))
            )
        )
        for recipe in recipes:
            key = prompt_keys[recipe.wanted.key][0]
            free = free_winner(recipe.draft, key, self._terms.settings)
            known.winners |= {key: free} if free else {}
        # Between two reads: hashing what thousands of images are made of would keep the file from everybody else.
        content_keys = [
            key
            for r in recipes
            if (winner := known.winner(prompt_keys[r.wanted.key]))
            for key in self._content_keys(r.wanted, winner)
        ]

        def read_bought(connection: Connection) -> None:
            known.originals = set(read_originals(connection, content_keys))
            known.lost = read_lost(connection, content_keys)
            vision = self._project.settings.checks.vision
            if vision.enabled:
                known.looked = read_looked(connection, list(prompt_keys), model=vision.model, mode=self._mode)

        self._database.run(read_bought)
        return known


def _usual_bytes(question: Question) -> int:
    """Return how long a question usually is: the judge's stands for prompts of usual length."""
    text = "".join(message["content"] for message in question.messages)
    filler = text.count("x" * 100)
    return len(text.encode()) - filler * 100 + (USUAL_WRITER * 4 if filler else 0)


def _some(costs: Sequence[Cost], count: int) -> Cost:
    """Return what some of several things cost, whichever they are: at worst the dearest, usually any."""
    if not costs:
        return Cost()
    usual = sum((cost.expected for cost in costs), ZERO) * count / len(costs)
    worst = sum(sorted((cost.worst for cost in costs), reverse=True)[:count], ZERO)
    return Cost(sum(sorted(cost.least for cost in costs)[:count], ZERO), usual, worst)
