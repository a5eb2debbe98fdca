"""`plan`: what a run would do and cost, without a single connection."""

from decimal import Decimal

import pytest

from asset_pipeline_tests.support.specs import spec_of

MIXED = """
collection: mixed
types:
  covers: {size: 600x200, format: webp}
images:
  - {type: icons, title: Lantern}
  - {type: icons, title: Compass}
  - {type: covers, title: Anchor}
  - {type: textures, title: Linen}
"""
# Built-in models of these types, and what Replicate takes for a picture.
PICTURES = {"icons": Decimal("0.08"), "covers": Decimal("0.04"), "textures": Decimal("0.003")}


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_it_opens_no_connection(project, offline, options):
    project.spec(MIXED)
    ran = project.command("plan", *options, **offline)
    assert ran.code == 0, ran.err
    assert not (project.root / "connected").exists()


def test_it_tells_least_expected_and_worst_case_by_type_model_and_stage(cli, project):
    project.spec(MIXED)
    plan = cli("plan", "--json").json
    assert plan["images"] == {"total": 4, "up_to_date": 0, "cached": 0}
    assert {kind: one["images"] for kind, one in plan["types"].items()} == {"icons": 2, "covers": 1, "textures": 1}
    assert sum(one["images"] for one in plan["models"].values()) == 4
    stages = {name: {k: Decimal(v) for k, v in one.items()} for name, one in plan["stages"].items()}
    assert set(stages["prompts"].values()) == {0}
    assert set(stages["generated_images"].values()) == {sum(PICTURES.values())}
    for part in (
        *plan["types"].values(),
        *plan["models"].values(),
        plan["total"],
        plan["stages"]["orchestrated_prompts"],
    ):
        assert 0 < Decimal(part["min_usd"]) <= Decimal(part["expected_usd"]) <= Decimal(part["worst_usd"])
    for amount in ("min_usd", "expected_usd", "worst_usd"):
        total = Decimal(plan["total"][amount])
        for groups in ("types", "models", "stages"):
            assert sum(Decimal(one[amount]) for one in plan[groups].values()) == total


def test_its_tables_show_each_type_model_and_stage(cli, project):
    project.spec(MIXED)
    out = cli("plan").out
    assert "4 images in sandbox mode" in out
    assert out.count("worst case") == 3
    for name in (*PICTURES, "recraft-ai/recraft-v3", "orchestrated_prompts", "generated_images"):
        assert f"\n{name} " in out
    assert "$0.123" in out


def test_it_leaves_nothing_behind(cli, project):
    project.spec(MIXED)
    before = sorted(project.root.rglob("*"))
    assert cli("plan").code == 0
    assert sorted(project.root.rglob("*")) == before


def test_a_run_costs_no_more_than_the_planned_worst_case(cli, project, sandbox):
    project.set(sandbox__url=sandbox.url)
    project.spec(spec_of(3))
    planned = {name: Decimal(value) for name, value in cli("plan", "--json").json["total"].items()}
    assert cli("run").code == 0
    assert 3 * Decimal("0.04") < sandbox.total() <= planned["worst_usd"]


def test_a_variant_more_costs_a_picture_more_and_no_prompt(cli, project):
    project.spec("collection: a\nimages: [{type: icons, title: Lantern}]\n")
    one = cli("plan", "--json").json["stages"]
    project.spec("collection: a\nimages: [{type: icons, title: Lantern, variants: 2}]\n")
    two = cli("plan", "--json").json["stages"]
    assert two["orchestrated_prompts"] == one["orchestrated_prompts"]
    assert Decimal(two["generated_images"]["worst_usd"]) == 2 * Decimal(one["generated_images"]["worst_usd"])
