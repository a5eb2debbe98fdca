"""What happens when something else does: new specs are made, and a failed run says what it leaves held.

Stopped until a person starts them, or `automation.start_sensors` does: spending starts with a person.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from asset_pipeline.defs.jobs import images_job
from asset_pipeline.defs.partitions import NAME, blocks, image_partitions, partition_change
from asset_pipeline.defs.spec_watch import look, show_problems, unmade
from asset_pipeline.defs.ticks import project_at_tick, settings_watch
from asset_pipeline.errors import SpecError
from asset_pipeline.ledger import Connection, Database, Ledger
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.identity import read_ledger_id
from asset_pipeline.ledger.money import show
from asset_pipeline.paths import find_root
from asset_pipeline.planning import Planner
from asset_pipeline.project import Project
from asset_pipeline.rollout.wishes import RunWish, close_wishes, open_wishes
from asset_pipeline.specs import Catalog


@dataclass(frozen=True)
class _Ask:
    """What a tick asks runs for.

    Args:
        run_key: Dagster starts a run once for each, for ever; so it names the ledger whose numbers it is made of.
        collection: Of the images.
        keys: The images.
    """

    run_key: str
    collection: str
    keys: tuple[str, ...]


def look_for_specs(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Make the images of new and changed specs.

    Raises:
        SpecError: A spec is wrong; the tick fails with file and line, and the file is read again at the next one.
    """
    project = project_at_tick(context)
    if isinstance(project, dg.SkipReason):
        return project
    cursor = json.loads(context.cursor or "{}")
    with Database(project.paths.database) as database:
        ledger = database.run(read_ledger_id)
        found = look(
            project.paths.specs,
            root=project.root,
            catalog=Catalog(database),
            seen=cursor["seen"] if cursor.get("ledger") == ledger else {},
            max_file_mb=project.settings.specs.max_file_mb,
        )
        if not found.is_news:
            return dg.SkipReason("no new, changed or deleted spec")
        asks = [_Ask(f"{one.collection}:{ledger}:{one.revision}", one.collection, one.keys) for one in found.wishes]
        seen = {"ledger": ledger, "seen": dict(found.seen)}
        result = _result(context.instance, project, database, asks, cursor=json.dumps(seen))
        if found.problems and not (result.run_requests or result.dynamic_partitions_requests):
            raise SpecError(found.problems)
        if found.problems:
            context.log.error(show_problems(found.problems))
        return result


def look_for_wishes(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Make what decisions on the review page ask for, where nobody else has started that yet."""
    project = project_at_tick(context)
    if isinstance(project, dg.SkipReason):
        return project
    mode, cursor = str(project.settings.mode), json.loads(context.cursor or "{}")
    if not project.paths.database.is_file():
        return dg.SkipReason("nothing has been decided yet")
    with Database(project.paths.database) as database:
        ledger = database.run(read_ledger_id)
        asked = set(cursor["asked"] if cursor.get("ledger") == ledger else ())
        wishes = database.run(lambda connection: _new_wishes(connection, mode=mode, asked=asked))
        if not wishes:
            return dg.SkipReason("no decision asks for a run")
        catalog = Catalog(database)
        asks = [
            _Ask(f"wish:{ledger}:{one.wish_id}", one.collection, one.image_keys or unmade(catalog, one.collection))
            for one in wishes
        ]
        seen = {"ledger": ledger, "asked": [one.wish_id for one in wishes]}
        return _result(context.instance, project, database, asks, cursor=json.dumps(seen))


def _new_wishes(connection: Connection, *, mode: str, asked: Collection[int]) -> list[RunWish]:
    """Return what is wished for since the last tick; that tick's cursor is kept, so what it asked for is started."""
    wishes = open_wishes(connection, mode=mode)
    started = [wish.wish_id for wish in wishes if wish.wish_id in asked]
    close_wishes(connection, started, taker="dagster", now=utc_now())
    return [wish for wish in wishes if wish.wish_id not in asked]


def _result(
    instance: dg.DagsterInstance, project: Project, database: Database, asks: Sequence[_Ask], *, cursor: str
) -> dg.SensorResult:
    """Return the runs that are asked for, with the partitions brought in step first, so that each has its range."""
    known = instance.get_dynamic_partitions(NAME)
    change = partition_change(Catalog(database), known)
    order = [key for key in known if key not in set(change.delete)] + list(change.add)
    requests = [request for ask in asks for request in _runs(project, database, ask, order=order)]
    partitions: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if change.add:
        partitions.append(image_partitions.build_add_request(list(change.add)))
    if change.delete:
        partitions.append(image_partitions.build_delete_request(list(change.delete)))
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=partitions, cursor=cursor)


def _runs(project: Project, database: Database, ask: _Ask, *, order: Sequence[str]) -> Iterator[dg.RunRequest]:
    """Yield the runs over some images of a collection.

    Between them may lie what is current, as it costs nothing; what is done need not be: a prompt file or a setting may
    have changed since.
    """
    images = Catalog(database).images(collection=ask.collection)
    planned = Planner(project, database).plan_as_given([row.wanted for row in images.values()]).images
    current = {image.wanted.key for image in planned if image.is_current}
    for first, last in blocks(order, ask.keys, current):
        tags = {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}
        tags["asset_pipeline/collection"] = ask.collection
        yield dg.RunRequest(run_key=f"{ask.run_key}:{first}", tags=tags)


def report_held(context: dg.RunFailureSensorContext) -> None:
    """Say what a failed run leaves held, and how it is closed."""
    watch = settings_watch(find_root())
    watch.look()
    context.log.error(held_message(watch.project, context.dagster_run.run_id))


def held_message(project: Project, run_id: str) -> str:
    """Return what a run left held, for people."""
    if not project.paths.database.is_file():
        return f"run {run_id} failed before anything was spent"
    with Database(project.paths.database) as database:
        totals = Ledger(database, mode=str(project.settings.mode)).totals()
    if not totals.open_calls:
        return f"run {run_id} failed; no money is held"
    return (
        f"run {run_id} failed; {totals.open_calls} calls are open and {show(totals.held_usd)} is held."
        " The next run, or the schedule `reconcile`, closes them; `asset-pipeline status` lists them."
    )


@dg.definitions
def sensors() -> dg.Definitions:
    """Return the sensors, as the settings say."""
    automation = settings_watch(find_root()).project.settings.automation
    status = dg.DefaultSensorStatus.RUNNING if automation.start_sensors else dg.DefaultSensorStatus.STOPPED
    new_specs = dg.SensorDefinition(
        name="new_specs",
        evaluation_fn=look_for_specs,
        job=images_job,
        minimum_interval_seconds=automation.spec_interval_s,
        default_status=status,
        description="Takes new and changed YAML files in the folder of specs, and makes their images.",
    )
    decisions = dg.SensorDefinition(
        name="decisions",
        evaluation_fn=look_for_wishes,
        job=images_job,
        minimum_interval_seconds=automation.spec_interval_s,
        default_status=status,
        description="Starts the runs that approvals and other decisions of the review ask for.",
    )
    held_after_failure = dg.run_failure_sensor(
        name="held_after_failure", default_status=status, description="Says what a failed run leaves held."
    )(report_held)
    return dg.Definitions(sensors=[new_specs, decisions, held_after_failure])
