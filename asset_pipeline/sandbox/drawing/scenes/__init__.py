"""Covers and posters: layered scenes with the motif as their focal point."""

from collections.abc import Callable

from asset_pipeline.sandbox.drawing.brief import Brief
from asset_pipeline.sandbox.drawing.canvas import Canvas
from asset_pipeline.sandbox.drawing.scenes import craft, drafting, land, rooms
from asset_pipeline.sandbox.drawing.scenes.stage import Stage, set_stage

SCENES: dict[str, Callable[[Stage], Canvas]] = {
    "hills": land.hills,
    "strata": land.strata,
    "arches": land.arches,
    "deco": craft.deco,
    "blueprint": drafting.blueprint,
    "orbits": craft.orbits,
    "shelves": rooms.shelves,
    "botanical": rooms.botanical,
}


def draw(brief: Brief, width: int, height: int, seed: int) -> Canvas:
    """Draw a scene; the prompt decides the family, the seed the composition."""
    names = list(SCENES)
    return SCENES[names[brief.digest // 7 % len(names)]](set_stage(brief, width, height, seed))
