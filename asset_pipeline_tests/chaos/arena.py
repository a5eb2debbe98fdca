"""One place to kill in: a project, a sandbox over HTTP, victims, and the comparison of invoice, ledger and files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from asset_pipeline.images.inspect import Inspected, inspect
from asset_pipeline_tests.support.projects import REPOSITORY, FolderProject
from asset_pipeline_tests.support.sandboxes import ServedSandbox, served

KILLED = -9
MAX_RESTARTS = 12
SPEC = """
collection: chaos
theme: {style: engraved, palette: {primary: "#1F3A4D", accent: "#D9A441"}}
types: {textures: {model: black-forest-labs/flux-schnell, size: 64x64}, covers: {size: 300x80}}
images:
  - {type: textures, title: Parchment, variants: 2}
  - {type: letter_headers, title: Quill, size: 192x40}
  - {type: database_icons, title: Loans}
  - {type: icons, title: Lantern}
  - {type: icons, title: Anchor}
pages:
  - {title: Reading Room, description: where books are read}
  - {title: Key Desk, description: where keys are kept}
  - {title: Star Charts, description: maps of the night}
"""
# Variants, a page, and each kind of request: a third of the requests, and far less time to be killed at each.
SHORT_SPEC = """
collection: chaos
theme: {style: engraved, palette: {primary: "#1F3A4D", accent: "#D9A441"}}
types: {textures: {model: black-forest-labs/flux-schnell, size: 64x64}, covers: {size: 300x80}}
images:
  - {type: textures, title: Parchment, variants: 2}
pages:
  - {title: Reading Room, description: where books are read}
"""
SHORT_IMAGES = 4
QUICK = {
    "SANDBOX__LATENCY_S": "0",
    "REPLICATE__POLL_S": "0.01",
    "REPLICATE__LOST_AFTER_S": "0",
    "OPENROUTER__USAGE_LAG_S": "0",
    "IMAGES__IN_FLIGHT": "6",
    "ROLLOUT__REQUIRE_APPROVAL": "false",
    "BUDGET__TOTAL_USD": "0.60",
}


class Victims:
    """Forks processes that make images, one at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, order: Mapping[str, Any]) -> int:
        """Fork one that waits, and return its pid."""
        return int(self._ask(json.dumps(order)))

    def let_go(self) -> int:
        """Let it run, and return its exit code; minus the signal that killed it."""
        return int(self._ask("go"))

    def _ask(self, line: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@dataclass
class Arena:
    """Where runs are killed.

    Args:
        folder: A project is made in it anew for each round.
        sandbox: Bills, and kills.
        victims: Are killed.
    """

    folder: Path
    sandbox: ServedSandbox
    victims: Victims
    settings: Mapping[str, str]

    def reset(self, spec: str = SPEC) -> None:
        """Begin a round: a new project, a sandbox that knows nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)
        FolderProject.make_used(self.folder).spec(spec)
        self.sandbox.reset()

    def run(self, *, kill: Mapping[str, Any] | None = None, **order: Any) -> int:
        """Run once, killed at a request if so told, and return the exit code."""
        environment = {f"ASSET_PIPELINE__{name}": value for name, value in (QUICK | dict(self.settings)).items()}
        environment["ASSET_PIPELINE__SANDBOX__URL"] = self.sandbox.url
        pid = self.victims.start({"root": str(self.folder), "environment": environment} | order)
        if kill:
            self.sandbox.script({"fault": "kill", "pid": pid} | kill)
        return self.victims.let_go()

    def run_until_done(self) -> int:
        """Run until all is done, and return how often that took.

        Raises:
            AssertionError: It never was.
        """
        for number in range(1, MAX_RESTARTS + 1):
            code = self.run()
            if code == 0:
                return number
        left = self.project.rows("SELECT image_key, state, reason FROM images WHERE state <> 'done'")
        raise AssertionError(f"not done after {MAX_RESTARTS} runs: {left}, {self.project.rows(_OPEN)}")

    def run_until_settled(self) -> None:
        """Run until each image is there, or was paid and is lost, and no call is open.

        Raises:
            AssertionError: That never was.
        """
        for _ in range(MAX_RESTARTS):
            self.run()
            states = dict(self.project.rows("SELECT state, count(*) FROM images GROUP BY state"))
            if not states.keys() - {"done", "lost"} and not self.project.rows(_OPEN):
                return
        raise AssertionError(f"{states} after {MAX_RESTARTS} runs: {self.project.rows(_OPEN)}")

    @property
    def project(self) -> FolderProject:
        """The project of this round."""
        return FolderProject(self.folder)

    def differences(self, *, images: int = 12) -> list[str]:
        """Return everything that is not as promised where all images can be had; nothing if all is."""
        done = self.project.rows("SELECT count(*) FROM images WHERE state = 'done'")[0][0]
        missing = [f"{done} of {images} images are done"] if done != images else []
        return [*missing, *self.differences_with_losses(images=images)]

    def differences_with_losses(self, *, images: int = 12) -> list[str]:
        """Return everything about the money that is not as promised; nothing if all is."""
        invoice = self.sandbox.invoice()
        rows = self.project.rows(_CALLS)
        wrong = list(_files(self.project))
        owners = {provider_call_id: key for _, provider_call_id, key, _, _ in rows if provider_call_id}
        pictures = [call for call in invoice if call["provider"] == "replicate" and Decimal(call["usd"]) > 0]
        bought = Counter(owners.get(call["id"], f"nobody ({call['id']})") for call in pictures)
        wrong += [f"{key} was bought {count} times" for key, count in bought.items() if count != 1]
        if len(pictures) != images:
            wrong.append(f"{len(pictures)} pictures were billed")
        for provider in ("replicate", "openrouter"):
            billed = sum((Decimal(call["usd"]) for call in invoice if call["provider"] == provider), Decimal(0))
            booked = sum((cost for name, _, _, cost, _ in rows if name == provider), Decimal(0))
            if billed != booked:
                wrong.append(f"{provider} billed {billed}, and {booked} is booked")
        held = sum((held for *_, held in rows), Decimal(0))
        return [*wrong, *([f"{held} is held"] if held else []), *_limits_passed(self.project)]


def _files(project: FolderProject) -> Iterator[str]:
    wanted = project.rows("SELECT image_key, width, height, format FROM images WHERE state = 'done'")
    files = project.images()
    if set(files) != {key for key, *_ in wanted}:
        yield f"{len(files)} files for {len(wanted)} images that are done"
    for key, width, height, kind in wanted:
        if key in files and inspect(files[key].read_bytes()) != Inspected(kind, width, height):
            yield f"{key} is not {width}x{height} {kind}"
    leftovers = [path.name for path in (project.root / "data").rglob(".*.part")]
    if leftovers:
        yield f"half files: {leftovers}"


def _limits_passed(project: FolderProject) -> Iterator[str]:
    """Replay the ledger, and look at every budget after every entry."""
    usable = dict(project.rows("SELECT scope, usable_usd FROM budgets"))
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for scopes, held, spent in project.rows(_ENTRIES):
        for scope in scopes:
            name = "day" if scope.startswith("day:") else scope
            sums[name] += held + spent
            if name in usable and sums[name] > usable[name]:
                yield f"{scope} was passed: {sums[name]} of {usable[name]}"


_CALLS = "SELECT provider, provider_call_id, image_key, cost_usd, held_usd FROM calls"
_OPEN = "SELECT image_key, kind, state, outcome FROM calls WHERE state NOT IN ('settled', 'released')"
_ENTRIES = (
    "SELECT c.scopes, e.held_change_usd, e.spent_change_usd FROM store.entries e JOIN store.calls c USING (call_id)"
    " ORDER BY e.entry_id"
)


@contextmanager
def open_arena(folder: Path, **settings: str) -> Iterator[Arena]:
    """Open an arena for as long as the context lasts."""
    command = [sys.executable, "-m", "asset_pipeline_tests.chaos.victim"]
    environment = FolderProject(REPOSITORY).environment()
    with (
        served(folder / "sandbox", latency_s=0) as sandbox,
        subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            yield Arena(folder / "project", sandbox, Victims(process), settings)
        finally:
            assert process.stdin
            process.stdin.close()


def kill_points(requests: int, commits: int) -> Sequence[tuple[str, int]]:
    """Return every moment at which a run can be killed."""
    moments = [(when, number) for number in range(1, requests + 1) for when in ("before", "after")]
    return [*moments, *(("commit", number) for number in range(1, commits + 1))]
