"""`sync`: take what the specs want into the catalog, and give each image its partition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from asset_pipeline.cli.inputs import JSON_OPTION, SPECS_ARGUMENT
from asset_pipeline.cli.output import complain, say, say_json
from asset_pipeline.errors import SetupError, SpecError
from asset_pipeline.ledger import Database
from asset_pipeline.project import open_project
from asset_pipeline.specs import Catalog, CollectionChange, LoadedSpecs, load_specs

SHOWN = 10


def sync(
    specs: Annotated[list[Path] | None, SPECS_ARGUMENT] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Read specs into the catalog, and add and retire partitions. Costs nothing.

    A bad file is skipped with every problem named, and never hides the good ones.

    Example: asset-pipeline sync
    """
    project = open_project()
    for path in specs or []:
        if not path.exists():
            raise SetupError(f"there is no spec {path}", fix="give the path of a YAML file, or of a folder of them")
    loaded = load_specs(
        specs or [project.paths.specs], root=project.root, max_file_mb=project.settings.specs.max_file_mb
    )
    with Database(project.paths.database) as database:
        catalog = Catalog(database)
        changes = list(catalog.sync(loaded.collections).changes)
        catalog.enter_mode(str(project.settings.mode))
        if not specs:
            gone = catalog.collections_gone(project.paths.specs, root=project.root)
            changes += catalog.retire_collections(gone).changes
        from asset_pipeline.defs.instance import partitions_in_step  # dagster takes two seconds to import

        partitions = partitions_in_step(project, catalog)
    if as_json:
        say_json(_as_json(changes, loaded) | {"partitions": vars(partitions)})
    else:
        for change in changes:
            _say(change)
        say(f"{len(partitions.add)} partitions added, {len(partitions.delete)} retired")
    if loaded.problems:
        if not as_json:
            complain(f"\nskipped {', '.join(loaded.bad_files)}:")
        raise SpecError(loaded.problems)


def _say(change: CollectionChange) -> None:
    parts = [
        f"{len(keys)} {word} ({_named(keys)})"
        for word, keys in (("added", change.added), ("changed", change.changed), ("retired", change.retired))
        if keys
    ]
    say(f"{change.collection}: {', '.join([*parts, f'{change.unchanged} unchanged'])}")


def _named(keys: Sequence[str]) -> str:
    short = [key.partition(".")[2] for key in keys[:SHOWN]]
    return ", ".join(short) + (f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else "")


def _as_json(changes: Sequence[CollectionChange], loaded: LoadedSpecs) -> dict[str, Any]:
    return {
        "collections": [vars(change) for change in changes],
        "skipped": list(loaded.bad_files),
        "problems": [vars(problem) for problem in loaded.problems],
    }
