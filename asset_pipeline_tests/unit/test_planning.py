"""A plan says what a run would do and cost from files alone: no request, no write, no wish counted twice."""

import asyncio
import json
import shutil
import socket
import sys
from decimal import Decimal

import pytest

from asset_pipeline.cli import main
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.planning import Cost, Plan, Planner
from asset_pipeline.services import open_pipeline
from asset_pipeline.specs import require_specs
from asset_pipeline_tests.support.projects import REPOSITORY
from asset_pipeline_tests.support.specs import spec_of

QUICK = {"sandbox": {"latency_s": 0}, "replicate": {"poll_s": 0.01}}
ICON_USD = Decimal("0.04")


@pytest.fixture
def wish(project):
    """Write a spec and return the images it wants."""

    def images(text):
        path = project.spec(text)
        (collection,) = require_specs([path], root=project.root, max_file_mb=2)
        return collection.images

    return images


@pytest.fixture
def plan(project):
    """Plan images in the project, under settings."""

    def made(images, **overrides) -> Plan:
        opened = project.open(**(QUICK | overrides))
        with Database(opened.paths.database) as database:
            return Planner(opened, database).plan(images)

    return made


@pytest.fixture
def make(project):
    """Make images in the sandbox in process."""

    def run(collections, **overrides):
        async def work():
            async with open_pipeline(project.open(**(QUICK | overrides))) as pipeline:
                await asyncio.to_thread(pipeline.catalog.sync, collections)
                keys = [image.key for one in collections for image in one.images]
                return [result async for result in pipeline.run(keys, Asset)]

        return asyncio.run(work())

    return run


@pytest.fixture
def no_sockets(monkeypatch):
    """Make every attempt to open a connection an error."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


@pytest.fixture
def command(project, monkeypatch, capsys):
    """Run a command in this process and return its exit code and output."""

    def run(*arguments):
        monkeypatch.chdir(project.root)
        monkeypatch.setattr(sys, "argv", ["asset-pipeline", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().out

    return run


@pytest.fixture
def demo(project):
    """The committed demo, in the project."""
    shutil.copy(REPOSITORY / "data" / "specs" / "demo.yaml", project.root / "data" / "specs" / "demo.yaml")
    return project


def amounts(cost):
    """Return a range of the JSON output, ascending if all is well."""
    return [Decimal(cost[name]) for name in ("min_usd", "expected_usd", "worst_usd")]


def test_the_plan_of_the_demo_adds_up_and_opens_no_socket_and_writes_nothing(demo, command, no_sockets):
    before = sorted(demo.root.rglob("*"))
    code, out = command("plan", "data/specs/demo.yaml", "--json")
    assert code == 0
    said = json.loads(out)
    assert said["mode"] == "sandbox"
    assert said["images"] == {"total": 12, "up_to_date": 0, "cached": 0}
    total = amounts(said["total"])
    assert 0 < total[0] < total[1] < total[2] < 1
    for group in ("stages", "types", "models"):
        ranges = [amounts(cost) for cost in said[group].values()]
        assert [one for one in ranges if one != sorted(one)] == []
        assert [sum(column) for column in zip(*ranges, strict=True)] == total
    assert sum(cost["images"] for cost in said["types"].values()) == 12
    assert said["problems"] == {}
    assert sorted(demo.root.rglob("*")) == before


def test_the_plan_for_people_shows_the_same_worst_case(demo, command, no_sockets):
    _, out = command("plan", "--json")
    worst = json.loads(out)["total"]["worst_usd"]
    code, text = command("plan")
    assert code == 0
    last = [line for line in text.splitlines() if line.strip().startswith("all")]
    assert len(last) == 1
    rounded_up = Decimal(last[0].split()[-1].removeprefix("$")) - Decimal(worst)
    assert 0 <= rounded_up < Decimal("0.0001")


def test_a_live_plan_opens_no_socket_either(demo, command, no_sockets, monkeypatch):
    for name in ("REPLICATE_API_TOKEN", "OPENROUTER_API_KEY", "ASSET_PIPELINE__MODE"):
        monkeypatch.setenv(name, "live")
    code, out = command("plan", "--json")
    assert code == 0
    assert json.loads(out)["mode"] == "live"


def test_a_spec_that_is_wrong_ends_the_plan_with_code_2(project, command):
    project.spec("collection: demo\n")
    assert command("plan")[0] == 2


def test_an_image_costs_what_the_table_says_and_prompts_come_on_top(wish, plan):
    made = plan(wish(spec_of(3)))
    assert made.cost(Asset.GENERATED_IMAGES) == Cost(*[3 * ICON_USD] * 3)
    prompts = made.cost(Asset.ORCHESTRATED_PROMPTS)
    assert 0 < prompts.least < prompts.expected < prompts.worst
    assert made.cost(Asset.PROMPTS) == Cost()
    assert made.total == made.cost(Asset.GENERATED_IMAGES) + prompts


def test_templates_instead_of_a_competition_cost_nothing(wish, plan):
    made = plan(wish(spec_of(2)), prompts={"mode": "template"})
    assert made.cost(Asset.ORCHESTRATED_PROMPTS) == Cost()
    assert made.total == Cost(*[2 * ICON_USD] * 3)


def test_a_model_that_is_paid_by_the_second_may_cost_up_to_its_longest_run(wish, plan):
    images = wish(spec_of(1, extra=["types: {icons: {model: stability-ai/sdxl}}"]))
    cost = plan(images).cost(Asset.GENERATED_IMAGES)
    assert cost.least <= cost.expected < cost.worst == 120 * Decimal("0.000975")


@pytest.mark.parametrize(("variants", "times"), [(1, 1), (3, 3)])
def test_equal_wishes_are_counted_once_and_variants_each(wish, plan, variants, times):
    text = "collection: test\nimages:\n"
    text += f"  - {{type: icons, title: Lantern, slug: one, variants: {variants}}}\n"
    text += f"  - {{type: icons, title: Lantern, slug: two, variants: {variants}}}\n"
    made = plan(wish(text))
    assert len(made.images) == 2 * variants
    assert made.cost(Asset.GENERATED_IMAGES) == Cost(*[times * ICON_USD] * 3)
    single = plan(wish("collection: test\nimages:\n  - {type: icons, title: Lantern}\n"))
    assert made.cost(Asset.ORCHESTRATED_PROMPTS) == single.cost(Asset.ORCHESTRATED_PROMPTS)
    assert [image.is_free for image in made.images] == [False] * times + [True] * times


def test_what_cannot_be_made_is_named_costs_nothing_and_takes_nothing_from_the_others(wish, plan):
    text = "collection: test\nimages:\n"
    unpriced = "  - {type: icons, title: Lantern, slug: unpriced, model: no/price}\n"
    broken = "  - {type: icons, title: Lantern, slug: broken, master_prompt: '{{ image.nothing }}'}\n"
    good = "  - {type: icons, title: Lantern, slug: good}\n"
    alone = plan(wish(text + good))
    made = plan(wish(text + unpriced + broken + good))
    problems = {image.wanted.slug: image.problem for image in made.images if image.problem}
    assert set(problems) == {"unpriced", "broken"}
    assert "no price is known for no/price, so it is not called" in problems["unpriced"]
    assert "set prices.no/price in pipeline.yaml" in problems["unpriced"]
    assert "cannot be rendered" in problems["broken"]
    assert not any(image.is_free for image in made.images)
    assert made.total == alone.total


def test_a_price_in_the_settings_is_used(wish, plan):
    images = wish(spec_of(2, extra=["types: {icons: {model: no/price}}"]))
    made = plan(images, prices={"no/price": "0.5"})
    assert made.cost(Asset.GENERATED_IMAGES) == Cost(*[Decimal(1)] * 3)


def test_a_language_model_without_an_estimate_is_remarked_and_not_taken_for_free_silently(wish, plan):
    made = plan(wish(spec_of(2)), prompts={"judge": "no/estimate"})
    assert made.remarks == ("no estimate is known for no/estimate; a run asks OpenRouter before it spends",)


def test_what_has_been_made_is_up_to_date_and_what_has_been_bought_costs_nothing(project, wish, plan, make):
    images = wish(spec_of(2))
    make(require_specs([project.root / "data" / "specs"], root=project.root, max_file_mb=2))
    assert len(project.images()) == 2
    again = plan(images)
    assert [image.is_current for image in again.images] == [True, True]
    assert again.total == Cost()

    smaller = plan(wish(spec_of(3, extra=["types: {icons: {format: webp}}"])))
    assert [image.is_current for image in smaller.images] == [False, False, False]
    assert [image.is_free for image in smaller.images] == [True, True, False]
    assert smaller.cost(Asset.GENERATED_IMAGES) == Cost(*[ICON_USD] * 3)

    next(iter(project.images().values())).unlink()
    lost = plan(images)
    assert [image.is_current for image in lost.images].count(False) == 1
    assert lost.total == Cost()


def test_a_plan_of_real_money_takes_nothing_of_the_sandbox_for_bought(project, wish, plan, make, monkeypatch):
    images = wish(spec_of(1))
    make(require_specs([project.root / "data" / "specs"], root=project.root, max_file_mb=2))
    monkeypatch.setenv("REPLICATE_API_TOKEN", "token")
    monkeypatch.setenv("OPENROUTER_API_KEY", "key")
    assert plan(images).total == Cost()
    assert plan(images, mode="live").cost(Asset.GENERATED_IMAGES) == Cost(*[ICON_USD] * 3)
