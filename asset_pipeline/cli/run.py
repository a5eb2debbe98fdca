"""`run`: take the specs in, and make their images through Dagster, with a line that says how far it is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asset_pipeline.cli.inputs import JSON_OPTION, SPECS_ARGUMENT, read_specs
from asset_pipeline.cli.output import INTERRUPTED, complain, say_json
from asset_pipeline.cli.progress import Progress
from asset_pipeline.cli.report import as_json_report, say_report
from asset_pipeline.errors import SettingsError
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.planning import PlannedImage, Planner
from asset_pipeline.processes import this_process
from asset_pipeline.project import Project, open_project
from asset_pipeline.rollout.gate import waiting_keys
from asset_pipeline.rollout.wishes import close_wishes, open_wishes
from asset_pipeline.services import basis_book, open_ledger
from asset_pipeline.settings import ENV_PREFIX
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline.specs.states import DONE as DONE_STATE
from asset_pipeline.specs.states import REJECTED

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from asset_pipeline.defs.launch import Summary

DONE, SOME_FAILED, OUT_OF_BUDGET, WAITS = 0, 3, 4, 5
BUG = 1
_KEY = re.compile(r"[a-z0-9-]+\.[a-z_]+\.[a-z0-9-]+")


def run(
    specs: Annotated[list[Path] | None, SPECS_ARGUMENT] = None,
    select: Annotated[str | None, typer.Option(help="Assets, with commas: prompts, orchestrated_prompts, ...")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Make at most this many images.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="KEY...", help="Make these images only.")] = None,
    monitor_loop: Annotated[bool, typer.Option("--monitor-loop", help="Measure what blocks the run.")] = False,  # noqa: FBT002 - a flag
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Make the images of specs. Ends with 0: all done, 3: some failed, 4: stopped by a budget, 5: waits for review.

    What is finished and unchanged is left alone, so running again costs nothing.

    Example: asset-pipeline run data/specs/demo.yaml
    """
    files, keys = _split(specs or [], only or [])
    assets = _assets(select)
    if monitor_loop:
        os.environ[f"{ENV_PREFIX}LOGS__LOOP_MONITOR"] = "true"  # what Dagster runs reads the settings by itself
    project = open_project()
    collections = read_specs(project, files)
    with Database(project.paths.database) as database:
        catalog = Catalog(database)
        catalog.sync(collections)
        from asset_pipeline.defs.instance import open_instance  # dagster takes two seconds to import
        from asset_pipeline.defs.partitions import apply_to_instance

        with open_instance(project) as instance:
            apply_to_instance(instance, catalog)
            work = _Work(project, database, instance, assets)
            makes_all = not keys and limit is None and Asset.GENERATED_IMAGES in assets
            if makes_all:
                work.answer_wishes(collections)
            planned = work.planned(collections, keys)
            left = work.todo(planned)
            waiting = work.waiting(planned, left)
            able = [key for key in left if key not in waiting]
            todo = left if limit is None else [*able, *waiting][:limit]
            summary = work.make(planned, todo, waiting, quiet=as_json)
            summary.note_waiting(todo)
        report = as_json_report(project, database, collections, planned, left, summary)
        if as_json:
            say_json(report)
        else:
            say_report(project, database, collections, report, summary)
    raise typer.Exit(_exit_code(summary))


class _Work:
    """One `run`, from what is planned to what has become of it."""

    def __init__(
        self, project: Project, database: Database, instance: DagsterInstance, assets: Sequence[Asset]
    ) -> None:
        self.project = project
        self.database = database
        self.instance = instance
        self.assets = assets

    def planned(self, collections: Sequence[Collection], keys: Sequence[str]) -> list[PlannedImage]:
        """Return the images that were asked for.

        Raises:
            SettingsError: A key that was named is not in the specs.
        """
        images = [image for one in collections for image in one.images if not keys or image.key in keys]
        unknown = sorted(set(keys) - {image.key for image in images})
        if unknown:
            raise SettingsError(
                f"{', '.join(unknown)}: not in these specs", where="--only", fix="see `status --images`"
            )
        return list(Planner(self.project, self.database).plan(images).images)

    def answer_wishes(self, collections: Sequence[Collection]) -> None:
        """Let nobody else start the runs that this one makes needless."""
        mode, names = str(self.project.settings.mode), {one.name for one in collections}

        def close(connection: Connection) -> None:
            mine = [wish.wish_id for wish in open_wishes(connection, mode=mode) if wish.collection in names]
            close_wishes(connection, mine, taker=this_process(), now=utc_now())

        self.database.run(close)

    def todo(self, planned: Sequence[PlannedImage]) -> list[str]:
        """Return the images that are not finished, or that Dagster does not know as finished."""
        from asset_pipeline.defs.launch import materialized

        if Asset.GENERATED_IMAGES not in self.assets:
            return [image.wanted.key for image in planned]
        known = materialized(self.instance, Asset.GENERATED_IMAGES)
        states = {key: row.state for key, row in Catalog(self.database).images().items()}
        return [
            image.wanted.key
            for image in planned
            if states.get(image.wanted.key) != REJECTED
            and not (image.is_current and image.wanted.key in known and states.get(image.wanted.key) == DONE_STATE)
        ]

    def make(
        self, planned: Sequence[PlannedImage], todo: Sequence[str], waiting: Mapping[str, str], *, quiet: bool
    ) -> Summary:
        """Make the images, telling how far it is; those that wait for a person are in the runs, and stay missing."""
        from asset_pipeline.defs.launch import Summary, materialize

        waits = {key: waiting[key] for key in todo if key in waiting}
        if len(waits) == len(todo):
            return Summary(waits=waits)
        ledger = open_ledger(self.project, self.database)
        total = next(budget for budget in ledger.budgets() if budget.scope == "total")
        spent, limit = float(total.spent_usd), float(total.usable_usd)
        with Progress(len(todo) - len(waits), spent=spent, limit=limit, quiet=quiet) as progress:
            return materialize(
                self.instance,
                todo,
                free=[image.wanted.key for image in planned if image.is_current or image.wanted.key in waiting],
                assets=self.assets,
                on_spend=progress.spend,
                on_landed=lambda landed: progress.land(landed.key, landed.state, landed.reason, landed.cost_usd),
                on_alert=progress.alert,
            )

    def waiting(self, planned: Sequence[PlannedImage], keys: Sequence[str]) -> dict[str, str]:
        """Return which images a person has to allow first, and what they wait for; what is free needs nobody's word."""
        free = {image.wanted.key for image in planned if image.is_free}
        paid = [key for key in keys if key not in free]
        if not self.project.settings.rollout.require_approval or self.assets == [Asset.PROMPTS]:
            return {}
        mode = str(self.project.settings.mode)
        return waiting_keys(self.database, Catalog(self.database), basis_book(self.project), mode=mode, keys=paid)


def _split(specs: Sequence[Path], only: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Take keys that follow `--only KEY` for keys, and the rest for specs."""
    keys = [key for text in only for key in text.split(",") if key]
    files = []
    for path in specs:
        if keys and not path.exists() and _KEY.fullmatch(str(path)):
            keys.append(str(path))
        else:
            files.append(path)
    return files, keys


def _assets(select: str | None) -> list[Asset]:
    """Return the selected stages in their order.

    Raises:
        SettingsError: A name is none.
    """
    names = [name.strip() for name in select.split(",")] if select else [str(asset) for asset in Asset]
    wrong = [name for name in names if name not in list(Asset)]
    if wrong:
        raise SettingsError(
            f"{', '.join(wrong)}: no such asset", where="--select", fix=f"one or more of {', '.join(Asset)}"
        )
    return [asset for asset in Asset if asset in names]


def _exit_code(summary: Summary) -> int:
    if summary.broke_off:
        for error in summary.broke_off:
            complain(f"a run broke off: {error}")
        return BUG
    if summary.stopped:
        return INTERRUPTED
    if any(landed.budget for landed in summary.landed):
        return OUT_OF_BUDGET
    if any(landed.state != "done" for landed in summary.landed):
        return SOME_FAILED
    return WAITS if summary.waits else DONE
