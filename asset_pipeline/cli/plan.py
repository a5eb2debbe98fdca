"""`plan`: what a run would do and cost, without a single request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from asset_pipeline.cli.explained import explained_json, renderer_of, say_explained, wanted_image
from asset_pipeline.cli.inputs import JSON_OPTION, SPECS_ARGUMENT, read_specs
from asset_pipeline.cli.output import say, say_json, say_table
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import brief, plain
from asset_pipeline.planning import Cost, Plan, PlannedImage, Planner
from asset_pipeline.project import open_project
from asset_pipeline.specs import Collection

PAID = (Asset.ORCHESTRATED_PROMPTS, Asset.GENERATED_IMAGES)


def plan(
    specs: Annotated[list[Path] | None, SPECS_ARGUMENT] = None,
    explain: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Show an image's prompt instead, and why its tier and tone were chosen."),
    ] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Say what a run would do and cost: least, expected and worst case. Opens no connection.

    Example: asset-pipeline plan data/specs/demo.yaml
    """
    project = open_project()
    collections = read_specs(project, specs)
    if explain:
        explained = renderer_of(project).explain(wanted_image(collections, explain))
        if as_json:
            say_json(explained_json(explain, explained))
        else:
            say_explained(explain, explained)
        return
    with Database(project.paths.database) as database:
        made = Planner(project, database).plan([image for one in collections for image in one.images])
    if as_json:
        say_json(_as_json(collections, made, str(project.settings.mode)))
        return
    current = sum(image.is_current for image in made.images)
    free = sum(image.is_free for image in made.images) - current
    say(f"{', '.join(one.title for one in collections)}: {len(made.images)} images in {project.settings.mode} mode")
    say(f"{current} are up to date; {free} of the others cost nothing, because all of it was bought before\n")
    _say_groups("type", made, [str(image.wanted.type) for image in made.images])
    _say_groups("model", made, [image.wanted.model for image in made.images])
    _say_stages(made)
    for image in made.images:
        if image.problem:
            say(f"cannot be made: {image.wanted.key}: {image.problem}")
    for remark in made.remarks:
        say(f"note: {remark}")


def _say_stages(made: Plan) -> None:
    rows = [[str(asset), *_amounts(made.cost(asset))] for asset in PAID]
    say_table(["stage", "least", "expected", "worst case"], [*rows, ["all", *_amounts(made.total)]], right=(1, 2, 3))


def _say_groups(name: str, made: Plan, labels: Sequence[str]) -> None:
    rows = [
        [label, str(len(images)), str(sum(image.is_free for image in images)), *_amounts(_cost(made, images))]
        for label, images in _groups(made, labels).items()
    ]
    say_table([name, "images", "at $0", "least", "expected", "worst case"], rows, right=(1, 2, 3, 4, 5))
    say()


def _groups(made: Plan, labels: Sequence[str]) -> dict[str, list[PlannedImage]]:
    groups: dict[str, list[PlannedImage]] = {}
    for label, image in zip(labels, made.images, strict=True):
        groups.setdefault(label, []).append(image)
    return groups


def _cost(made: Plan, images: Sequence[PlannedImage]) -> Cost:
    return sum((made.cost(asset, images) for asset in PAID), Cost())


def _amounts(cost: Cost) -> list[str]:
    return [brief(amount) for amount in (cost.least, cost.expected, cost.worst)]


def _as_json(collections: Sequence[Collection], made: Plan, mode: str) -> dict[str, Any]:
    def groups(labels: Sequence[str]) -> dict[str, Any]:
        return {
            label: {"images": len(images), "cached": sum(i.is_free for i in images)} | _plain(_cost(made, images))
            for label, images in _groups(made, labels).items()
        }

    return {
        "mode": mode,
        "collections": [one.name for one in collections],
        "images": {
            "total": len(made.images),
            "up_to_date": sum(image.is_current for image in made.images),
            "cached": sum(image.is_free for image in made.images),
        },
        "stages": {str(asset): _plain(made.cost(asset)) for asset in Asset},
        "types": groups([str(image.wanted.type) for image in made.images]),
        "models": groups([image.wanted.model for image in made.images]),
        "total": _plain(made.total),
        "problems": {image.wanted.key: image.problem for image in made.images if image.problem},
        "remarks": list(made.remarks),
    }


def _plain(cost: Cost) -> dict[str, str]:
    return {
        "min_usd": plain(cost.least),
        "expected_usd": plain(cost.expected),
        "worst_usd": plain(cost.worst),
    }
