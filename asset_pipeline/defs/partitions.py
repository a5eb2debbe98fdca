"""One dynamic partition per image, kept in step with the catalog."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import dagster as dg
from dagster._core.definitions.partitions.context import PartitionLoadingContext
from dagster._core.errors import DagsterUnknownPartitionError

from asset_pipeline.specs import Catalog

NAME = "images"


class ImagePartitions(dg.DynamicPartitionsDefinition):
    """Dagster's dynamic partitions, with a message that says what to do about a key it does not know."""

    def validate_partition_key(self, partition_key: str, context: PartitionLoadingContext) -> None:
        """Accept a known key.

        Raises:
            DagsterUnknownPartitionError: The key is not known to this instance.
        """
        try:
            super().validate_partition_key(partition_key, context)
        except DagsterUnknownPartitionError:
            raise DagsterUnknownPartitionError(
                f"The image {partition_key!r} is not known to this Dagster instance. Images become known by"
                " `asset-pipeline sync` (or by the sensor `new_specs`); `asset-pipeline status --images` lists them."
                " DAGSTER_HOME must name the project's folder: `make setup` writes it to .env."
            ) from None


image_partitions = ImagePartitions(name=NAME)


@dataclass(frozen=True)
class PartitionChange:
    """What has to change so that Dagster knows the catalog's images.

    Args:
        add: Keys without a partition, in their order.
        delete: Keys with a partition that the catalog does not want; their history stays.
    """

    add: tuple[str, ...]
    delete: tuple[str, ...]


def partition_change(catalog: Catalog, known: Collection[str]) -> PartitionChange:
    """Return how the partitions that Dagster knows differ from the catalog."""
    wanted = dict.fromkeys(catalog.keys()[0])
    have = set(known)
    return PartitionChange(
        add=tuple(key for key in wanted if key not in have),
        delete=tuple(key for key in known if key not in wanted),
    )


def apply_to_instance(instance: dg.DagsterInstance, catalog: Catalog) -> PartitionChange:
    """Bring the instance's partitions in step with the catalog."""
    change = partition_change(catalog, instance.get_dynamic_partitions(NAME))
    if change.add:
        instance.add_dynamic_partitions(NAME, list(change.add))
    for key in change.delete:
        instance.delete_dynamic_partition(NAME, key)
    return change


def blocks(order: Sequence[str], wanted: Collection[str], also: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield first and last key of ranges that cover wanted keys, as one run can only target a range.

    Args:
        order: All keys in Dagster's order.
        wanted: Keys that must be covered.
        also: Keys that may lie between them, because working on them again costs nothing.
    """
    targets, fillers = set(wanted), set(also)
    for covered, group in groupby(order, key=lambda key: key in targets or key in fillers):
        keys = list(group)
        hits = [index for index, key in enumerate(keys) if key in targets]
        if covered and hits:
            yield keys[hits[0]], keys[hits[-1]]
