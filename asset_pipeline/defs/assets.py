"""The three assets of an image, made by one op that streams: each image appears as it lands, and fails alone."""

import warnings
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

import dagster as dg

from asset_pipeline import __version__
from asset_pipeline.defs.checks_alone import checks_alone
from asset_pipeline.defs.events import (
    AS_BOOKED,
    AS_WANTED,
    LOOKS_RIGHT,
    WAITS,
    WITHIN_BUDGETS,
    Event,
    alert_event,
    budget_check,
    events,
    failure,
    left_out_event,
    review_check,
    waiting_event,
)
from asset_pipeline.defs.partitions import image_partitions
from asset_pipeline.defs.resources import PipelineResources
from asset_pipeline.defs.standing import Standing
from asset_pipeline.defs.stream import stream
from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Alert
from asset_pipeline.links import collection_url, image_url
from asset_pipeline.pipeline import Item, Pipeline
from asset_pipeline.results import Failed, Gated, LeftOut, Notice, Waiting
from asset_pipeline.review.contact_sheet import ContactSheet
from asset_pipeline.rollout.lane import collection_of

POOL = "images"
# On every run: where its images are reviewed.
REVIEW_TAG = "asset_pipeline/review"
CONTACT_SHEETS = "contact_sheets"
GROUP = "images"


_DESCRIPTIONS = {
    Asset.PROMPTS: "The template prompt of each image: free, pure, the same every time.",
    Asset.ORCHESTRATED_PROMPTS: "The best prompt of each image: models compete to write it, a judge picks blind.",
    Asset.GENERATED_IMAGES: "The finished file of each image, exactly of the wanted size and format.",
}
_KINDS = {
    Asset.PROMPTS: {"jinja"},
    Asset.ORCHESTRATED_PROMPTS: {"openrouter"},
    Asset.GENERATED_IMAGES: {"replicate"},
}


def _specs() -> Iterator[dg.AssetSpec]:
    previous: Asset | None = None
    for asset in Asset:
        yield dg.AssetSpec(
            str(asset),
            description=_DESCRIPTIONS[asset],
            deps=[str(previous)] if previous else [],
            kinds=_KINDS[asset],
            group_name=GROUP,
            skippable=True,
            partitions_def=image_partitions,
            code_version=__version__,
        )
        previous = asset


def _check_specs() -> Iterator[dg.AssetCheckSpec]:
    images = str(Asset.GENERATED_IMAGES)
    with warnings.catch_warnings():
        # A partition on a check is a preview feature; it is the only form whose result belongs to one image.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        yield dg.AssetCheckSpec(
            AS_WANTED,
            asset=images,
            partitions_def=image_partitions,
            description="The file decodes, and has exactly the size and format that the spec wants.",
        )
        yield dg.AssetCheckSpec(
            AS_BOOKED,
            asset=images,
            partitions_def=image_partitions,
            description="The file is the one that was delivered, and the call that paid for it is settled.",
        )
        yield dg.AssetCheckSpec(
            LOOKS_RIGHT,
            asset=images,
            partitions_def=image_partitions,
            description="The picture passes every check of `checks` in the settings: sharp, legible, in the palette.",
        )
    yield dg.AssetCheckSpec(WITHIN_BUDGETS, asset=images, description="No budget is exceeded.")
    yield dg.AssetCheckSpec(WAITS, asset=images, description="No finished image waits for a person's word.")


@dg.multi_asset(
    name="images",
    specs=list(_specs()),
    check_specs=list(_check_specs()),
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=POOL,
)
def images(context: dg.AssetExecutionContext, pipeline: PipelineResources) -> Iterator[Event]:
    """Make the selected stages of the selected images."""
    assets = [asset for asset in Asset if dg.AssetKey(str(asset)) in context.selected_asset_keys]
    if not assets:
        yield from checks_alone(context, pipeline)
        return
    keys = context.partition_keys
    project = pipeline.project()
    data, settings = project.paths.data, project.settings
    collections = list(dict.fromkeys(collection_of(key) for key in keys))
    context.instance.add_run_tags(
        context.run.run_id, {REVIEW_TAG: " ".join(collection_url(settings, name) for name in collections)}
    )
    waits: dict[str, str] = {}
    failed: dict[str, str] = {}
    held: dict[str, str] = {}
    degraded: dict[str, str] = {}
    rejected: dict[str, str] = {}

    async def work(opened: Pipeline) -> AsyncGenerator[Item | ContactSheet | Standing, None]:
        for closed in await opened.reconcile():
            context.log.info(f"open call {closed.call_id} of {closed.image_key}: {closed.message}")
        async with aclosing(opened.run(keys, assets, run_id=context.run.run_id)) as results:
            async for result in results:
                yield result
        if Asset.GENERATED_IMAGES in assets:
            for sheet in await opened.contact_sheets(collections):
                yield sheet
        yield Standing(await opened.ledger.abudgets(), await opened.waiting())

    for item in stream(pipeline.open, work):
        if isinstance(item, ContactSheet):
            yield _sheet_event(item)
        elif isinstance(item, Alert):
            context.log.warning(item.message)
            yield alert_event(item)
        elif isinstance(item, Notice):
            context.log.warning(item.message)
        elif isinstance(item, LeftOut):
            yield left_out_event(item, assets[-1])
            (rejected if item.is_rejected else failed)[item.key] = item.reason
        elif isinstance(item, Standing):
            if Asset.GENERATED_IMAGES in assets:
                yield budget_check(item.budgets)
                mine = {name: item.waiting.get(name, 0) for name in collections}
                yield review_check({collection_url(settings, name): count for name, count in mine.items()})
        else:
            url = image_url(settings, item.wanted.key)
            yield from events(item, code_version=__version__, data=data, review_url=url)
            if isinstance(item.payload, Gated):
                waits[item.wanted.key] = item.payload.reason
            elif isinstance(item.payload, Failed):
                failed[item.wanted.key] = item.payload.reason
                context.log.error(f"{item.wanted.key} failed: {item.payload.reason}")
            elif isinstance(item.payload, Waiting):
                held[item.wanted.key] = item.payload.reason
            if item.degraded:
                degraded[item.wanted.key] = item.degraded
    for reason, waiting in _by_reason(waits).items():
        yield waiting_event(reason, waiting, collection_url(settings, collection_of(waiting[0])))
    _say(context, waits, "waiting for a person")
    _say(context, held, "left for later")
    _say(context, rejected, "not made")
    _say(context, degraded, "made with less, as budget.degrade allows")
    if failed:
        raise failure(failed)


def _say(context: dg.AssetExecutionContext, reasons: dict[str, str], what: str) -> None:
    """Say what became of images and why; one line per reason, as hundreds may have the same."""
    for reason, keys in _by_reason(reasons).items():
        context.log.warning(f"{_named(keys)} {what}: {reason}")


def _by_reason(reasons: dict[str, str]) -> dict[str, list[str]]:
    by_reason: dict[str, list[str]] = {}
    for key, reason in reasons.items():
        by_reason.setdefault(reason, []).append(key)
    return by_reason


def _named(keys: Sequence[str]) -> str:
    return ", ".join(keys) if len(keys) <= 3 else f"{keys[0]} and {len(keys) - 1} more"


def _sheet_event(sheet: ContactSheet) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        CONTACT_SHEETS,
        metadata={
            "collection": sheet.collection,
            "page": dg.MetadataValue.path(str(sheet.page)),
            "picture": dg.MetadataValue.path(str(sheet.picture)),
        },
    )


contact_sheets = dg.AssetSpec(
    CONTACT_SHEETS,
    description="All images of a collection on one page and one picture; written at the end of every run.",
    deps=[str(Asset.GENERATED_IMAGES)],
    kinds={"html"},
    group_name=GROUP,
)
