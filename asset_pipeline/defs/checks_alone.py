"""Evaluates checks that are asked for without their asset, as the UI's "Execute" does: looks, and makes nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from asset_pipeline.audit import Audited
from asset_pipeline.defs.events import (
    OF_ONE_IMAGE,
    audit_checks,
    budget_check,
    looks_check,
    review_check,
)
from asset_pipeline.defs.partitions import NAME
from asset_pipeline.defs.resources import PipelineResources
from asset_pipeline.defs.standing import Standing
from asset_pipeline.defs.stream import stream
from asset_pipeline.links import collection_url
from asset_pipeline.pipeline import Pipeline


def checks_alone(context: dg.AssetExecutionContext, pipeline: PipelineResources) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield the selected checks.

    Raises:
        Failure: A check belongs to single images, and the run names none.
    """
    names = {key.name for key in context.selected_asset_check_keys}
    keys = _keys(context)
    settings = pipeline.project().settings

    async def work(opened: Pipeline) -> AsyncGenerator[Audited | Standing, None]:
        for audited in await opened.audit(keys):
            yield audited
        yield Standing(await opened.ledger.abudgets(), await opened.waiting())

    for item in stream(pipeline.open, work):
        if isinstance(item, Standing):
            counts = {collection_url(settings, name): count for name, count in item.waiting.items()}
            found = [budget_check(item.budgets), review_check(counts)]
        else:
            found = [*audit_checks(item.wanted, item.audit), looks_check(item.wanted, item.checks)]
        yield from (one for one in found if one.check_name in names)
    if not keys and names & OF_ONE_IMAGE:
        raise dg.Failure(
            description=f"{', '.join(sorted(names & OF_ONE_IMAGE))}: evaluated for single images, and this run names"
            " none. Materialize their partitions: what is finished costs nothing, and every check is evaluated anew;"
            " `asset-pipeline verify` looks at all files at once.",
            allow_retries=False,
        )


def _keys(context: dg.AssetExecutionContext) -> list[str]:
    """Return the images of a run by its tags: Dagster takes a run of checks alone for one without partitions."""
    tags = context.run.tags
    first = tags.get(PARTITION_NAME_TAG) or tags.get(ASSET_PARTITION_RANGE_START_TAG)
    last = tags.get(ASSET_PARTITION_RANGE_END_TAG) or first
    order = list(context.instance.get_dynamic_partitions(NAME))
    if first not in order or last not in order:
        return []
    return order[order.index(first) : order.index(last) + 1]
