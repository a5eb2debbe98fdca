"""Processes of the command line without their start: one that has imported everything forks a child for each command.

Importing takes longer than most commands, and there are hundreds of them; a fork before any thread is as good as a new
process. Commands that a test interrupts, and those of `make demo`, are started in full.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]


class Forks:
    """Runs `asset-pipeline` in forked processes, one at a time."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "asset_pipeline_tests.support.forks"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        atexit.register(self.close)

    def run(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end.

        Args:
            arguments: The program first, as a person types it.
            cwd: Folder in which it runs.
            env: All of its environment.
            timeout_s: After which it is killed, in seconds.

        Raises:
            subprocess.TimeoutExpired: It was.
        """
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            order = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(env), "out": str(out), "err": str(err)}
            pid = self._ask(order, timeout_s=None)
            try:
                code = self._answer(timeout_s)
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self._answer(None)
                raise subprocess.TimeoutExpired(
                    list(arguments), timeout_s, out.read_bytes(), err.read_bytes()
                ) from None
            return subprocess.CompletedProcess(
                list(arguments), code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
            )

    def close(self) -> None:
        """End the process that forks."""
        self._parent.communicate()

    def _ask(self, order: Mapping[str, Any], *, timeout_s: float | None) -> int:
        assert self._parent.stdin
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        self._parent.stdin.flush()
        return self._answer(timeout_s)

    def _answer(self, timeout_s: float | None) -> int:
        assert self._parent.stdout
        if not select.select([self._parent.stdout], [], [], timeout_s)[0]:
            raise TimeoutError
        return int(self._parent.stdout.readline())


@cache
def forks() -> Forks:
    """Return the one of this process."""
    return Forks()


def _next_child() -> dict[str, Any] | None:
    """Fork a child for each order, say its pid and then how it ended; return only in a child, with its order."""
    answers = os.dup(1)
    while line := sys.stdin.buffer.readline():
        order: dict[str, Any] = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.close(answers)
            return order
        os.write(answers, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    return None


def _become(order: Mapping[str, Any]) -> None:
    """Make this process what a shell would have started."""
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv[:] = order["arguments"]
    given = os.open(os.devnull, os.O_RDONLY)
    told = [os.open(order[name], os.O_WRONLY | os.O_CREAT, 0o600) for name in ("out", "err")]
    for number, opened in enumerate((given, *told)):
        os.dup2(opened, number)
        os.close(opened)


def _import_everything() -> Callable[[], None]:
    """Import what commands import, Dagster with our definitions included, and return the program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Dagster's betas; whoever starts in full is told
        from asset_pipeline import cli, defs

        for module in pkgutil.iter_modules(defs.__path__):
            importlib.import_module(f"{defs.__name__}.{module.name}")
    return cli.main


def _end(code: object) -> None:
    """End this process as the interpreter does, apart from taking down its modules, which takes half a second."""
    threading._shutdown()  # neither has a public name
    atexit._run_exitfuncs()
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main = _import_everything()
    gc.freeze()
    child = _next_child()
    if child is None:
        os._exit(0)
    _become(child)
    try:
        main()
    except SystemExit as ended:
        _end(ended.code)
