"""A Dagster run that yields what a real one yields, and does nothing else: the floor that Dagster itself sets."""

import time
import warnings
from collections.abc import Iterator, Sequence

import dagster as dg

from asset_pipeline.image_work import Asset

partitions = dg.DynamicPartitionsDefinition(name="images")
IMAGES = dg.AssetKey(str(Asset.GENERATED_IMAGES))
CHECKS = ("file_is_as_wanted", "file_is_as_booked")
TEXT = "A composed, quietly confident rendering of one bold symbol on a plain ground, in two colours. " * 6


def _specs() -> Iterator[dg.AssetSpec]:
    for asset in Asset:
        yield dg.AssetSpec(str(asset), skippable=True, partitions_def=partitions)


def _checks() -> Iterator[dg.AssetCheckSpec]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        for name in CHECKS:
            yield dg.AssetCheckSpec(name, asset=IMAGES, partitions_def=partitions)


@dg.multi_asset(
    name="images",
    specs=list(_specs()),
    check_specs=list(_checks()),
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def images(context: dg.AssetExecutionContext) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """Yield the events of every partition at once."""
    for key in context.partition_keys:
        for asset in Asset:
            metadata = {"prompt": dg.MetadataValue.md(TEXT * (3 if asset == Asset.ORCHESTRATED_PROMPTS else 1))}
            yield dg.AssetMaterialization(
                str(asset),
                partition=key,
                metadata=metadata | {"cost_usd": 0.04, "seconds": 1.0},
                tags={"dagster/data_version": "0" * 64, "dagster/code_version": "1"},
            )
        for name in CHECKS:
            yield dg.AssetCheckEvaluation(asset_key=IMAGES, check_name=name, passed=True, partition=key)


def measure(keys: Sequence[str]) -> float:
    """Return how long a run over partitions takes, in seconds."""
    job = dg.Definitions(
        assets=[images], jobs=[dg.define_asset_job("empty", selection=[str(asset) for asset in Asset])]
    ).resolve_job_def("empty")
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions("images", list(keys))
        tags = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        started = time.perf_counter()
        result = job.execute_in_process(instance=instance, tags=tags, run_config=quiet)
        seconds = time.perf_counter() - started
    if not result.success:
        raise SystemExit("the empty run failed")
    return seconds
