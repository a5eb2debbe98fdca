"""`backup`, `restore`, `export`, `import`: copies of the ledger, and the ways back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import complain, say, say_json
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import brief, plain
from asset_pipeline.paths import Paths, find_root
from asset_pipeline.recovery.backup import files_of, list_of, make_backup
from asset_pipeline.recovery.export import Export
from asset_pipeline.recovery.export import export as export_to
from asset_pipeline.recovery.load import load
from asset_pipeline.recovery.restore import Restored
from asset_pipeline.recovery.restore import restore as restore_from
from asset_pipeline.recovery.snapshot import Contents
from asset_pipeline.settings.sources import load_settings


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A file or a folder; data/backups/database if left out."),
    ] = None,
    files: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--files", help="Copy originals and finished images too, into FILE.files.")
    ] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Copy the ledger as it is at one moment, while runs go on, and read the copy again. Lists the files it knows.

    Example: asset-pipeline backup --files /mnt/usb/pipeline.duckdb
    """
    paths = _paths()
    made = make_backup(paths, file, now=utc_now(), with_files=files)
    if as_json:
        say_json(
            {"path": str(made.path), "list": str(list_of(made.path))}
            | _as_json(made.contents)
            | {"files": len(made.files), "not_copied": [one.path for one in made.not_copied]}
        )
        return
    say(f"{paths.shown(made.path)}: {_told(made.contents)}")
    say(f"{paths.shown(list_of(made.path))} lists the {len(made.files)} files that belong to it")
    if files:
        say(f"{len(made.files) - len(made.not_copied)} of them are in {paths.shown(files_of(made.path))}")
    for one in made.not_copied:
        complain(f"not copied: {one.path} is gone or is not the file that the ledger knows")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    forget_newer: Annotated[  # noqa: FBT002 - a flag
        bool,
        typer.Option(
            "--forget-newer",
            help="Go on though the ledger that is there cannot be read: what it spent since is forgotten.",
        ),
    ] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Put a backup in the ledger's place; calls, spending and limits since then are kept. The old file is kept aside.

    Refused while a run, `make dev` or `review` works with the ledger.

    Example: asset-pipeline restore data/backups/database/nightly-v0010-20260101T030000.000000Z.duckdb
    """
    paths = _paths()
    done = restore_from(paths, file, now=utc_now(), forget_newer=forget_newer)
    if as_json:
        carried = done.carried
        say_json(
            _as_json(done.contents)
            | {
                "carried_calls": carried.calls if carried else None,
                "aside": str(done.aside) if done.aside else None,
                "files": done.files,
            }
        )
        return
    say(f"restored: {_told(done.contents)}")
    _say_rest(paths, done)


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or one with an earlier export.")],
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Write all of the ledger as JSON and Parquet, with a list of all images. Equal ledgers give equal bytes.

    Example: asset-pipeline export ledger-export
    """
    _say_export("exported", export_to(_paths(), folder, now=utc_now()), as_json=as_json)


def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `export` wrote.")],
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Make an empty ledger out of an export: all of it, or nothing. A ledger that holds anything is refused.

    Example: asset-pipeline import ledger-export
    """
    _say_export("imported", load(_paths(), folder, now=utc_now()), as_json=as_json)


def _paths() -> Paths:
    """Return the places of the project; no key of a provider is asked for, as nobody is asked anything."""
    root = find_root()
    return load_settings(root).paths(root)


def _told(contents: Contents) -> str:
    money = ", ".join(f"{mode} spent {brief(usd)}, held {brief(contents.held_usd[mode])}"
                      for mode, usd in contents.spent_usd.items())  # fmt: skip
    until = f", until {contents.last_entry_at} UTC" if contents.last_entry_at else ""
    return f"version {contents.version}, {contents.rows['calls']} calls{f', {money}' if money else ''}{until}"


def _as_json(contents: Contents) -> dict[str, object]:
    return {
        "version": contents.version,
        "rows": contents.rows,
        "spent_usd": {mode: plain(usd) for mode, usd in contents.spent_usd.items()},
        "held_usd": {mode: plain(usd) for mode, usd in contents.held_usd.items()},
        "last_entry_at": contents.last_entry_at,
    }


def _say_rest(paths: Paths, done: Restored) -> None:
    since = f"after {done.contents.last_entry_at} UTC" if done.contents.last_entry_at else "before"
    if done.carried is None:
        say(f"what was paid {since} is not known: compare with the providers' invoices")
    elif done.carried.calls:
        money = ", ".join(f"{mode} {brief(usd)} spent, {brief(done.carried.held_usd[mode])} held"
                          for mode, usd in done.carried.spent_usd.items())  # fmt: skip
        say(f"kept from the ledger that was there: {done.carried.calls} calls since ({money}), its limits")
    if done.files:
        say(f"{done.files} files were put back")
    if done.aside:
        say(f"what was there is kept as {paths.shown(done.aside)}")
    say("next: asset-pipeline reconcile, then asset-pipeline doctor --deep")


def _say_export(what: str, done: Export, *, as_json: bool) -> None:
    if as_json:
        say_json({"folder": str(done.folder), "rows": done.rows, "images": done.images})
        return
    say(f"{what} {done.folder}: {sum(done.rows.values())} rows of {len(done.rows)} tables, {done.images} images")
