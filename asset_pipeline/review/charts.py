"""The page that shows where the money went: over time against the limits, by type, model and kind, and per image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asset_pipeline.errors import SetupError
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.money import show
from asset_pipeline.review.money_facts import MoneyFacts, PriceClass, Share, read_collections, read_money
from asset_pipeline.review.rendering import Render
from asset_pipeline.review.svg import Bar, Limit, bar_chart, column_chart, far_limits, line_chart
from asset_pipeline.suggestions import suggest

PATH = "/money"
MOST_BARS = 8
OTHERS = "all others"


@dataclass(frozen=True)
class Chart:
    """One chart of the page, and the same as a table.

    Args:
        name: For links, within the page.
        title: What it shows.
        picture: The SVG.
        caption: What one has to know to read it; empty where nothing.
        columns: Heads of the table.
        rows: The table, all amounts exact.
    """

    name: str
    title: str
    picture: Markup
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class MoneyPage:
    """Serves the page.

    Args:
        database: Where the ledger is.
        mode: Whose money: `sandbox` or `live`.
        render: Answers with a template.
    """

    def __init__(self, database: Database, *, mode: str, render: Render) -> None:
        self._database = database
        self._mode = mode
        self._render = render

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [Route(PATH, self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show where the money of all collections went, or of the one in `?collection=`.

        Raises:
            SetupError: There is no such collection.
        """
        collection = request.query_params.get("collection") or None

        def read(connection: Connection) -> tuple[list[str], MoneyFacts]:
            return read_collections(connection), read_money(connection, mode=self._mode, collection=collection)

        collections, facts = await self._database.arun(read)
        if collection and collection not in collections:
            raise SetupError(f"there is no collection {collection!r}{suggest(collection, collections)}")
        values = {
            "mode": self._mode,
            "collections": collections,
            "collection": collection,
            "facts": facts,
            "charts": charts_of(facts, collection),
        }
        return self._render(request, "money.html", values)


def charts_of(facts: MoneyFacts, collection: str | None) -> list[Chart]:
    """Return the charts of a page; none where nothing has been spent or asked for."""
    if not facts.calls:
        return []
    shares = [
        _shares("types", "By type of image", facts.by_type),
        _shares("models", "By model", facts.by_model),
        _shares("kinds", "By kind of call", facts.by_kind),
    ]
    return [_over_time(facts, collection), _by_day(facts, collection), *shares, *_prices(facts)]


def _over_time(facts: MoneyFacts, collection: str | None) -> Chart:
    scope = f"collection:{collection}" if collection else "total"
    limits = _limits(facts, scope)
    values = [value for _, value in facts.cumulative]
    until = f"until {facts.cumulative[-1][0]:%Y-%m-%d %H:%M} UTC" if facts.cumulative else "so far"
    return Chart(
        name="time",
        title="Spent so far",
        picture=line_chart(
            facts.cumulative,
            title="Spent so far",
            description=f"{show(facts.spent_usd)} {until}{_in_words(limits)}",
            limits=limits,
        ),
        caption=_far(values, limits),
        columns=("until (UTC)", "spent"),
        rows=tuple((f"{at:%Y-%m-%d %H:%M:%S}", show(value)) for at, value in facts.cumulative),
    )


def _by_day(facts: MoneyFacts, collection: str | None) -> Chart:
    limits = [] if collection else _limits(facts, "day")
    bars = [Bar(f"{day:%d %b}", value, show(value)) for day, value in facts.by_day]
    most = max((value for _, value in facts.by_day), default=Decimal(0))
    return Chart(
        name="days",
        title="Spent per day",
        picture=column_chart(
            bars,
            title="Spent per day",
            description=f"{len(bars)} days, at most {show(most)} a day{_in_words(limits)}",
            limits=limits,
        ),
        caption=f"A call counts on the UTC day on which its money was set aside. {_far([most], limits)}".strip(),
        columns=("day (UTC)", "spent"),
        rows=tuple((f"{day:%Y-%m-%d}", show(value)) for day, value in facts.by_day),
    )


def _shares(name: str, title: str, shares: Sequence[Share]) -> Chart:
    first, rest = shares[:MOST_BARS], shares[MOST_BARS:]
    bars = [Bar(share.name.replace("_", " "), share.spent_usd, show(share.spent_usd)) for share in first]
    if rest:
        spent = sum((share.spent_usd for share in rest), Decimal(0))
        bars.append(Bar(OTHERS, spent, show(spent)))
    return Chart(
        name=name,
        title=title,
        picture=bar_chart(
            bars, title=f"Spent {title.lower()}", description="; ".join(f"{bar.label}: {bar.text}" for bar in bars)
        ),
        caption="",
        columns=(title.removeprefix("By ").split()[0], "calls", "spent", "set aside"),
        rows=tuple((one.name, str(one.calls), show(one.spent_usd), show(one.held_usd)) for one in shares),
    )


def _prices(facts: MoneyFacts) -> Iterable[Chart]:
    if not facts.finished:
        return
    bars = [Bar(_class(one), Decimal(one.images), _images(one.images)) for one in facts.prices]
    mean = facts.finished_usd / facts.finished
    yield Chart(
        name="prices",
        title="Images by what they cost",
        picture=bar_chart(
            bars,
            title="Finished images by what they cost",
            description=f"{facts.finished} images, {show(facts.finished_usd)} together",
        ),
        caption=f"{facts.finished} finished images have cost {show(facts.finished_usd)} together, ${mean:.4f} each on"
        " average; prompts and earlier takes are in it.",
        columns=("cost", "images"),
        rows=tuple((_class(one), str(one.images)) for one in facts.prices),
    )


def _images(count: int) -> str:
    return f"{count} {'image' if count == 1 else 'images'}"


def _class(one: PriceClass) -> str:
    return f"{show(one.low_usd)} to below {show(one.high_usd)}"


def _limits(facts: MoneyFacts, scope: str) -> list[Limit]:
    budgets = [budget for budget in facts.budgets if budget.scope == scope]
    return [
        limit
        for budget in budgets
        for limit in (Limit(budget.limit_usd, "limit"), Limit(budget.usable_usd, "usable"))
        if limit.label == "limit" or budget.usable_usd != budget.limit_usd
    ]


def _in_words(limits: Sequence[Limit]) -> str:
    return "".join(f"; {limit.label} {show(limit.value)}" for limit in limits)


def _far(values: Sequence[Decimal], limits: Sequence[Limit]) -> str:
    far = far_limits(values, limits)
    if not far:
        return ""
    said = " and ".join(
        f"{'usable are' if limit.label == 'usable' else 'the limit is'} {show(limit.value)}" for limit in far
    )
    return f"Far above the picture: {said}."
