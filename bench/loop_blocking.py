"""How long a run of 500 images blocks its event loop. Aim: never more than 50 ms.

Where other programs keep the machine busy, timers are late and events pile up whatever we do: then the numbers are
printed, and fail nothing. What the loop's own thread computes without a break suffers least from that.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.harness import environment, make_project, run_command, served_sandbox
from bench.throughput import IMAGES, IN_FLIGHT, spec

LATENCY_S = 0.5
STALLS_SHOWN = 10
# Share of the machine that others may use before lateness says more of them than of us.
QUIET = 0.1


def busy_s() -> float:
    """Return how long all processors of the machine have worked since it started, in seconds; 0 where nobody says."""
    stat = Path("/proc/stat")
    if not stat.is_file():
        return 0.0
    user, nice, system, _idle, _waiting, *interrupts = map(int, stat.read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def own_s() -> float:
    """Return how long the processes that we started and that have ended have computed, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print."""
    began, busy, own = time.perf_counter(), busy_s(), own_s()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        path = make_project(folder, spec())
        with served_sandbox(folder, latency_s=LATENCY_S, steps_back=True) as url:
            env = environment(
                folder,
                SANDBOX__URL=url,
                IMAGES__IN_FLIGHT=IN_FLIGHT,
                ROLLOUT__REQUIRE_APPROVAL="false",
                LOGS__LOOP_MONITOR="true",
            )
            _, wall_s, _ = run_command(["run", str(path), "--json"], env)
        output, _, _ = run_command(["sql", "SELECT * FROM loop_blocking", "--json"], env)
        (found,) = json.loads(output)
        lines = (folder / "data" / "logs" / "pipeline.jsonl").read_text(encoding="utf-8").splitlines()
    others_s = (busy_s() - busy) - (own_s() - own)
    others = others_s / (time.perf_counter() - began) / (os.cpu_count() or 1)
    stalls = [event for event in map(json.loads, lines) if event["event"] == "event loop was blocked"]
    print(f"loop blocking: {IMAGES} images in {wall_s:.0f} s, {found['samples']} timers")
    late = f"p99 {found['p99_ms']:6.1f} ms   most {found['max_ms']:6.1f} ms"
    print(f"  late          {late}   over 50 ms: {found['stalls']}")
    print(f"  own thread    most {found['max_cpu_ms']:6.1f} ms   over 50 ms: {found['cpu_stalls']}")
    for stall in sorted(stalls, key=lambda one: -one["cpu_ms"])[:STALLS_SHOWN]:
        where = " < ".join(frame.rpartition("/")[2] for frame in reversed(stall["frames"][-4:]))
        print(f"  {stall['late_ms']:.0f} ms late, {stall['cpu_ms']:.0f} ms computed: {where}")
    print(f"  others kept {others:.0%} of the machine busy")
    if (found["cpu_stalls"] or found["stalls"]) and others < QUIET:
        raise SystemExit("the event loop was blocked for more than 50 ms")


if __name__ == "__main__":
    main()
