"""What benchmarks share: a project of their own, a served sandbox, and a Dagster run that does nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
COMMAND = Path(sys.executable).parent / "asset-pipeline"


def make_project(folder: Path, spec: str) -> Path:
    """Make a project in a folder, with one spec.

    Args:
        folder: Where; it is emptied first.
        spec: YAML of the spec.

    Returns:
        The spec's path.
    """
    shutil.rmtree(folder, ignore_errors=True)
    path = folder / "data" / "specs" / "bench.yaml"
    path.parent.mkdir(parents=True)
    for name in ("pipeline.yaml", "dagster.yaml"):
        shutil.copy(REPOSITORY / name, folder / name)
    path.write_text(spec, encoding="utf-8")
    return path


def environment(folder: Path, **settings: object) -> dict[str, str]:
    """Return the environment of a process that works in a project, with some settings changed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSET_PIPELINE_")}
    changed = {f"ASSET_PIPELINE__{name}": str(value) for name, value in settings.items()}
    return kept | {"DAGSTER_HOME": str(folder), "ASSET_PIPELINE_ROOT": str(folder)} | changed


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served_sandbox(folder: Path, *, latency_s: float, steps_back: bool = False) -> Iterator[str]:
    """Serve a sandbox for as long as the context lasts, and give its address.

    Args:
        folder: The project.
        latency_s: How long each paid call takes, in seconds.
        steps_back: Let it compute only where nobody else wants to, as a provider computes on machines of its own.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(COMMAND), "sandbox", "--port", str(port), "--latency", str(latency_s), "--quick"]
    if steps_back:
        command = ["nice", "-n", "19", *command]
    with subprocess.Popen(command, env=environment(folder), stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"{url}/_sandbox/invoice")
            yield url
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url).close()  # noqa: S310 - our own server on this machine
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def run_command(arguments: list[str], env: Mapping[str, str]) -> tuple[str, float, float]:
    """Run a command and return its output, its wall time in seconds, and the peak memory of it in MiB."""
    started = time.perf_counter()
    with subprocess.Popen([str(COMMAND), *arguments], env=dict(env), stdout=subprocess.PIPE, text=True) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}:\n{output}")
    return output, time.perf_counter() - started, usage.ru_maxrss / 1024
