"""A process that is killed: it makes all images of a project through the façade, and may kill itself after a commit.

Run as a program it imports everything once, then forks a child per line of standard input: importing takes longer than
making twelve images, and a fork before any thread is as good as a new process. It answers with the child's pid, waits
for a further line before it lets the child go, and then says how the child ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from asset_pipeline.image_work import Asset, StageResult
from asset_pipeline.ledger import database
from asset_pipeline.project import open_project
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.services import open_pipeline
from asset_pipeline.specs import Catalog, require_specs

DONE, NOT_DONE = 0, 3


async def make_all(root: Path, overrides: dict[str, Any]) -> int:
    """Sync the project's specs, close what was left open, and make what is missing."""
    project = open_project(root, overrides=overrides)
    collections = require_specs([project.paths.specs], root=root, max_file_mb=2)
    missing = 0
    async with open_pipeline(project) as pipeline:
        await asyncio.to_thread(pipeline.catalog.sync, collections)
        await pipeline.reconcile()
        keys = [image.key for one in collections for image in one.images]
        async for result in pipeline.run(keys, list(Asset)):
            missing += isinstance(result, StageResult) and isinstance(result.payload, Failed | Waiting)
        missing += sum(not one.resolved for one in await pipeline.reconcile())
    with database.Database(project.paths.database) as opened:
        states = Catalog(opened).count_by_state()
    return DONE if not missing and states["done"] == len(keys) else NOT_DONE


def die_after_commits(count: int, counted: Path | None) -> None:
    """Kill this process right after a number of commits; or only count them, into a file."""
    execute, seen = database.Connection.execute, 0

    def counting(self: database.Connection, sql: str, values: Any = None) -> Any:
        nonlocal seen
        result = execute(self, sql, values)
        if sql == "COMMIT":
            seen += 1
            if counted:
                counted.write_text(str(seen))
            if seen == count:
                os.kill(os.getpid(), signal.SIGKILL)
        return result

    database.Connection.execute = counting  # type: ignore[method-assign]


def run_child(order: dict[str, Any], may_go: int) -> None:
    """Be the child: wait for the word, make the images, and end."""
    os.dup2(2, 1)  # what it says is not an answer
    os.read(may_go, 1)
    if order.get("die_after_commits"):
        counted = order.get("count_commits_in")
        die_after_commits(order["die_after_commits"], Path(counted) if counted else None)
    os.environ.update(order["environment"])
    code = asyncio.run(make_all(Path(order["root"]), {}))
    os._exit(code)


def answer(number: int) -> None:
    """Tell who started us a number."""
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def warm_up(root: Path) -> None:
    """Compute once what every child would compute alike: the price table, and the code of the templates."""
    PriceTable()
    for collection in require_specs([root / "data" / "specs"], root=root, max_file_mb=2):
        for image in collection.images:
            PromptRenderer().render(image)


def serve() -> None:
    """Fork children as told, until standard input ends."""
    for number, line in enumerate(sys.stdin):
        order = json.loads(line)
        if number == 0:
            warm_up(Path(order["root"]))
        ready, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(go)
            run_child(order, ready)
        os.close(ready)
        answer(pid)
        sys.stdin.readline()
        os.write(go, b"!")
        os.close(go)
        _, status = os.waitpid(pid, 0)
        answer(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    serve()
