"""The sample: the few images of a collection that are made first, so that a person sees what the rest will be like."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from asset_pipeline.specs.wanted import WantedImage


def choose_sample(images: Sequence[WantedImage], size: int) -> tuple[str, ...]:
    """Return the keys of the sample, in the spec's order; the same for the same images, in every process.

    One image after the other is taken from each pair of type and role, so that all of them are seen before one is seen
    twice. Which one of a pair follows from its key, so that a new image hardly changes who else is in the sample.

    Args:
        images: All wanted images of a collection.
        size: How many are wanted; all of them where there are no more.
    """
    groups: dict[tuple[str, str], list[WantedImage]] = {}
    for image in images:
        groups.setdefault((str(image.type), image.role or ""), []).append(image)
    queues = [iter(sorted(group, key=_lot)) for group in _types_first(groups)]
    chosen: set[str] = set()
    while queues and len(chosen) < size:
        left = []
        for queue in queues:
            lot = next(queue, None)
            if lot is not None and len(chosen) < size:
                chosen.add(lot.key)
                left.append(queue)
        queues = left
    return tuple(image.key for image in images if image.key in chosen)


def _types_first(groups: dict[tuple[str, str], list[WantedImage]]) -> Iterable[list[WantedImage]]:
    """Yield the groups so that each type comes once before a further role of it does."""
    by_type: dict[str, list[list[WantedImage]]] = {}
    for (kind, _), group in groups.items():
        by_type.setdefault(kind, []).append(group)
    for number in range(max(map(len, by_type.values()), default=0)):
        yield from (roles[number] for roles in by_type.values() if number < len(roles))


def _lot(image: WantedImage) -> str:
    return hashlib.sha256(image.key.encode()).hexdigest()
