"""Materializes images through Dagster from the command line: on the instance that the UI shows, in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster._core.events import DagsterEventType
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from dagster._core.utils import make_new_run_id
from dagster._utils.interrupts import capture_interrupts
from dagster_shared.error import SerializableErrorInfo

from asset_pipeline.defs.events import STATE_WAITING
from asset_pipeline.defs.partitions import NAME, blocks
from asset_pipeline.image_work import Asset

_INTERRUPTS = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Landed:
    """An image that has come to its end in this run.

    Args:
        key: The image.
        state: `done`, `failed` or `held`.
        reason: Why it is failed or held.
        budget: The budget that stopped it; empty if none did.
        needed_usd: What that budget would have to have free, for display only.
        cost_usd: What its last stage cost, for display only.
        degraded: What was left out of it and why; empty where nothing was.
    """

    key: str
    state: str
    reason: str = ""
    budget: str = ""
    needed_usd: float = 0.0
    cost_usd: float = 0.0
    degraded: str = ""


@dataclass
class Summary:
    """What became of everything that was to be made.

    Args:
        run_ids: The Dagster runs.
        landed: The images, as they ended.
        alerts: What was said of budgets.
        broke_off: Errors of runs that ended otherwise than by failed images.
        stopped: Whether somebody stopped it.
        waits: What was left because a person has to decide first, and why, by key.
        reasons: What Dagster was told of such images.
    """

    run_ids: list[str] = field(default_factory=list)
    landed: list[Landed] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    broke_off: list[str] = field(default_factory=list)
    stopped: bool = False
    waits: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def note_waiting(self, todo: Collection[str]) -> None:
        """Count as waiting what did not come to any end in a run that did."""
        if self.stopped or self.broke_off or not self.reasons:
            return
        landed = {one.key for one in self.landed}
        said = "; ".join(self.reasons)
        self.waits = {key: self.waits.get(key, said) for key in todo if key not in landed}

    def count(self) -> Counter[str]:
        """Return how many images ended in each state."""
        return Counter(one.state for one in self.landed)


def materialized(instance: dg.DagsterInstance, asset: Asset) -> set[str]:
    """Return the partitions of an asset that Dagster knows as materialized."""
    return set(instance.get_materialized_partitions(dg.AssetKey(str(asset))))


def materialize(
    instance: dg.DagsterInstance,
    keys: Collection[str],
    *,
    free: Collection[str],
    assets: Sequence[Asset],
    on_spend: Callable[[float], None],
    on_landed: Callable[[Landed], None],
    on_alert: Callable[[str], None],
) -> Summary:
    """Materialize images, in as few runs as their partitions allow.

    Args:
        instance: Where the runs are recorded.
        keys: The images.
        free: Images that may be gone over again, because that costs nothing.
        assets: Which stages.
        on_spend: Called with what a stage has cost.
        on_landed: Called as each image comes to its end.
        on_alert: Called with what is said of a budget.
    """
    from asset_pipeline.definitions import defs

    job = defs().resolve_job_def("images_job")
    order = instance.get_dynamic_partitions(NAME)
    summary = Summary()
    for first, last in blocks(order, keys, free):
        run_id = make_new_run_id()
        summary.run_ids.append(run_id)
        watcher = _Watcher(assets[-1], set(keys), summary, on_spend, on_landed, on_alert)
        instance.add_event_listener(run_id, watcher)
        with capture_interrupts():
            result = job.execute_in_process(
                run_id=run_id,
                instance=instance,
                asset_selection=[dg.AssetKey(str(asset)) for asset in assets],
                tags={ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last},
                run_config=QUIET,
                raise_on_error=False,
            )
        error = None if result.success else _error_of(result)
        if error and error.cls_name in _INTERRUPTS:
            summary.stopped = True
            break
        if not result.success and (error is None or error.cls_name != dg.Failure.__name__):
            summary.broke_off.append(error.message.strip() if error else "the run ended early")
    return summary


def _error_of(result: dg.ExecuteInProcessResult) -> SerializableErrorInfo | None:
    """Return what ended a run, as far down as Dagster tells."""
    for event in result.all_events:
        error: SerializableErrorInfo | None = getattr(event.event_specific_data, "error", None)
        if error:
            return error.cause or error
    return None


class _Watcher:
    """Turns Dagster's events into what a person wants to see."""

    def __init__(
        self,
        last: Asset,
        keys: set[str],
        summary: Summary,
        on_spend: Callable[[float], None],
        on_landed: Callable[[Landed], None],
        on_alert: Callable[[str], None],
    ) -> None:
        self._last = last
        self._keys = keys
        self._summary = summary
        self._on_spend = on_spend
        self._on_landed = on_landed
        self._on_alert = on_alert

    def __call__(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None:
            return
        if event.partition is None:
            self._of_no_image(event)
            return
        if event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            values = _values(event.step_materialization_data.materialization.metadata)
            cost = float(values.get("cost_usd") or 0.0)
            self._on_spend(cost)
            if event.asset_key == dg.AssetKey(str(self._last)):
                total = float(values.get("total_cost_usd") or cost)
                degraded = str(values.get("degraded") or "")
                self._land(Landed(event.partition, "done", cost_usd=total, degraded=degraded))
        elif event.event_type == DagsterEventType.ASSET_OBSERVATION:
            values = _values(event.asset_observation_data.asset_observation.metadata)
            self._land(
                Landed(
                    event.partition,
                    str(values.get("state")),
                    reason=str(values.get("reason") or ""),
                    budget=str(values.get("budget") or ""),
                    needed_usd=float(values.get("needed_usd") or 0.0),
                )
            )

    def _of_no_image(self, event: dg.DagsterEvent) -> None:
        if event.event_type == DagsterEventType.ASSET_OBSERVATION:
            values = _values(event.asset_observation_data.asset_observation.metadata)
            if values.get("state") == STATE_WAITING:
                self._summary.reasons.append(str(values.get("reason")))
            alert = values.get("alert")
            if alert:
                self._summary.alerts.append(str(alert))
                self._on_alert(str(alert))

    def _land(self, landed: Landed) -> None:
        if landed.key in self._keys:
            self._summary.landed.append(landed)
            self._on_landed(landed)


def _values(metadata: Any) -> dict[str, Any]:  # noqa: ANN401 - dagster's mapping of many kinds of values
    return {name: value.value for name, value in metadata.items()}
