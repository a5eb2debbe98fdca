"""Looks at everything that the ledger and the disk hold: every row, every sum, every file. Changes nothing."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from asset_pipeline.doctor.finding import Finding
from asset_pipeline.errors import PipelineError
from asset_pipeline.folders import Folder, is_half
from asset_pipeline.images.files import StoredFile
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.soundness import disagreements
from asset_pipeline.paths import Paths
from asset_pipeline.provenance.verification import verify
from asset_pipeline.recovery.kept_files import read_kept
from asset_pipeline.recovery.leftovers import remove_leftovers
from asset_pipeline.recovery.snapshot import opened, read_contents, take_snapshot


def deep_findings(paths: Paths) -> list[Finding]:
    """Return what was found. Beside a run, only what was wrong at two looks counts: files come before their rows."""
    first = _look(paths)
    if all(finding.good for finding in first):
        return first
    return [finding for finding in _look(paths) if finding.good or finding in first]


def _look(paths: Paths) -> list[Finding]:
    if not paths.database.exists():
        return [Finding("rows", good=True, message="no ledger yet")]
    remove_leftovers(paths.data, ".doctor-")
    try:
        with tempfile.TemporaryDirectory(dir=paths.data, prefix=f".doctor-{os.getpid()}-") as folder:
            return list(_findings(paths, Path(folder) / "ledger.duckdb"))
    except PipelineError as error:
        return [Finding("rows", good=False, message=error.what, fix=error.fix or "")]


def _findings(paths: Paths, snapshot: Path) -> Iterator[Finding]:
    take_snapshot(paths.database, snapshot, now=utc_now())
    contents = read_contents(snapshot)
    yield Finding("rows", good=True, message=f"{sum(contents.rows.values())} rows of {len(contents.rows)} tables read")
    with opened(snapshot) as connection:
        wrong = list(disagreements(connection))
    for one in wrong:
        yield Finding("sums", good=False, message=one.what, fix=one.fix)
    if not wrong:
        yield Finding("sums", good=True, message=f"{contents.rows['calls']} calls, their steps and all budgets agree")
    kept = {one.path: one for one in read_kept(snapshot)}
    yield from _originals(paths, kept)
    yield from _delivered(paths)


def _originals(paths: Paths, kept: dict[str, StoredFile]) -> Iterator[Finding]:
    """Yield what is wrong with what was bought; it is the only copy."""
    originals, lies_in = paths.folder(paths.originals), f"{paths.originals.name}/"
    booked = {path: one for path, one in kept.items() if path.startswith(lies_in)}
    found = {f"{lies_in}{name}" for name in originals.walk() if not is_half(name)}
    wrong = False
    for path in sorted(booked.keys() | found):
        message, fix = "", ""
        if path not in found:
            message, fix = (
                "it was paid for and is gone",
                "asset-pipeline restore FILE, of a backup with --files",
            )
        elif path not in booked:
            message = "no row knows it: it was bought, and its call is not booked yet"
            fix = "asset-pipeline reconcile; if no call is open, it can be moved away"
        elif _sha256(originals, path.removeprefix(lies_in)) != booked[path].sha256:
            message, fix = "it is not the file that was paid for", "move it away, and put it back from a backup"
        if message:
            wrong = True
            yield Finding("originals", good=False, message=f"{path}: {message}", fix=fix)
    if not wrong:
        yield Finding("originals", good=True, message=f"{len(booked)} files are as they were bought")


def _delivered(paths: Paths) -> Iterator[Finding]:
    if not paths.images.is_dir():
        yield Finding("images", good=True, message="none is delivered yet")
        return
    report = verify(paths.images, paths=paths)
    for one in report.findings:
        yield Finding("images", good=False, message=f"{one.file}: {one.message}", fix=one.fix)
    if not report.findings:
        yield Finding("images", good=True, message=f"{report.files} files are as they were delivered")


def _sha256(folder: Folder, name: str) -> str:
    try:
        return hashlib.sha256(folder.read(name)).hexdigest()
    except OSError:
        return ""
