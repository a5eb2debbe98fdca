"""What happens when something else does: new specs are made, and a failed run says what it leaves held.

Stopped until a person starts them, or `automation.start_sensors` does: spending starts with a person.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from asset_pipeline.defs.jobs import images_job
from asset_pipeline.defs.partitions import NAME, blocks, image_partitions, partition_change
from asset_pipeline.defs.spec_watch import Wish, look, show_problems
from asset_pipeline.defs.ticks import project_at_tick, settings_watch
from asset_pipeline.errors import SpecError
from asset_pipeline.ledger import Connection, Database, Ledger
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import show
from asset_pipeline.paths import find_root
from asset_pipeline.planning import Planner
from asset_pipeline.project import Project
from asset_pipeline.rollout.lane import collection_of
from asset_pipeline.rollout.wishes import RunWish, close_wishes, open_wishes
from asset_pipeline.specs import Catalog, ImageRow
from asset_pipeline.specs.states import DONE


def look_for_specs(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Make the images of new and changed specs.

    Raises:
        SpecError: A spec is wrong; the tick fails with file and line, and the file is read again at the next one.
    """
    project = project_at_tick(context)
    if isinstance(project, dg.SkipReason):
        return project
    settings = project.settings.specs
    with Database(project.paths.database) as database:
        catalog = Catalog(database)
        found = look(
            project.paths.specs,
            root=project.root,
            catalog=catalog,
            seen=json.loads(context.cursor or "{}"),
            max_file_mb=settings.max_file_mb,
        )
        if not found.is_news:
            return dg.SkipReason("no new, changed or deleted spec")
        result = _requests(context.instance, project, database, found.wishes, cursor=json.dumps(dict(found.seen)))
        if found.problems and not (result.run_requests or result.dynamic_partitions_requests):
            raise SpecError(found.problems)
        if found.problems:
            context.log.error(show_problems(found.problems))
        return result


def _requests(
    instance: dg.DagsterInstance, project: Project, database: Database, wishes: tuple[Wish, ...], *, cursor: str
) -> dg.SensorResult:
    known = instance.get_dynamic_partitions(NAME)
    change = partition_change(Catalog(database), known)
    order = [key for key in known if key not in set(change.delete)] + list(change.add)
    requests: list[dg.RunRequest] = []
    for wish in wishes:
        run_key = f"{wish.collection}:{wish.revision}"
        images = Catalog(database).images(collection=wish.collection)
        requests += _runs(project, database, images, order=order, keys=wish.keys, run_key=run_key)
    partitions: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if change.add:
        partitions.append(image_partitions.build_add_request(list(change.add)))
    if change.delete:
        partitions.append(image_partitions.build_delete_request(list(change.delete)))
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=partitions, cursor=cursor)


def look_for_wishes(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Make what decisions on the review page ask for, where nobody else has started that yet."""
    project = project_at_tick(context)
    if isinstance(project, dg.SkipReason):
        return project
    mode, cursors = str(project.settings.mode), json.loads(context.cursor or "{}")
    asked_before = int(cursors.get(mode, 0))
    if not project.paths.database.is_file():
        return dg.SkipReason("nothing has been decided yet")
    with Database(project.paths.database) as database:
        wishes = database.run(lambda connection: _new_wishes(connection, mode=mode, asked_before=asked_before))
        if not wishes:
            return dg.SkipReason("no decision asks for a run")
        order = context.instance.get_dynamic_partitions(NAME)
        requests: list[dg.RunRequest] = []
        for wish in wishes:
            images = Catalog(database).images(collection=wish.collection)
            keys = wish.image_keys or [key for key, row in images.items() if row.state != DONE]
            run_key = f"wish:{mode}:{wish.wish_id}"
            requests += _runs(project, database, images, order=order, keys=keys, run_key=run_key)
    cursors[mode] = max(wish.wish_id for wish in wishes)
    return dg.SensorResult(run_requests=requests, cursor=json.dumps(cursors))


def _runs(
    project: Project,
    database: Database,
    images: Mapping[str, ImageRow],
    *,
    order: Sequence[str],
    keys: Collection[str],
    run_key: str,
) -> Iterator[dg.RunRequest]:
    """Yield the runs over some images of a collection.

    Between them may lie what is current, as it costs nothing; what is done need not be: a prompt file or a setting may
    have changed since.
    """
    planned = Planner(project, database).plan_as_given([row.wanted for row in images.values()]).images
    current = {image.wanted.key for image in planned if image.is_current}
    for first, last in blocks(order, keys, current):
        tags = {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}
        tags["asset_pipeline/collection"] = collection_of(first)
        yield dg.RunRequest(run_key=f"{run_key}:{first}", tags=tags)


def _new_wishes(connection: Connection, *, mode: str, asked_before: int) -> list[RunWish]:
    """Return what is wished for since the last tick; that tick's cursor is kept, so what it asked for is started."""
    wishes = open_wishes(connection, mode=mode)
    started = [wish.wish_id for wish in wishes if wish.wish_id <= asked_before]
    close_wishes(connection, started, taker="dagster", now=utc_now())
    return [wish for wish in wishes if wish.wish_id > asked_before]


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
