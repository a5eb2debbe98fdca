"""How long a run of 500 images blocks its event loop. Aim: never more than 50 ms.

What the loop's own thread computes without a break is ours alone, and fails the benchmark. How late its timers were is
the machine's as well: that fails it only where nothing else keeps the machine busy.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.harness import environment, make_project, run_command, served_sandbox
from bench.throughput import IMAGES, IN_FLIGHT, spec

LATENCY_S = 0.5
STALLS_SHOWN = 10


def is_quiet() -> bool:
    """Say whether the machine had next to nothing else to do in the last minute."""
    return os.getloadavg()[0] < 0.5


def main() -> None:
    """Measure and print."""
    quiet = is_quiet()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        path = make_project(folder, spec())
        with served_sandbox(folder, latency_s=LATENCY_S) as url:
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
    stalls = [event for event in map(json.loads, lines) if event["event"] == "event loop was blocked"]
    print(f"loop blocking: {IMAGES} images in {wall_s:.0f} s, {found['samples']} timers")
    late = f"p99 {found['p99_ms']:6.1f} ms   most {found['max_ms']:6.1f} ms"
    print(f"  late          {late}   over 50 ms: {found['stalls']}")
    print(f"  own thread    most {found['max_cpu_ms']:6.1f} ms   over 50 ms: {found['cpu_stalls']}")
    for stall in sorted(stalls, key=lambda one: -one["cpu_ms"])[:STALLS_SHOWN]:
        where = " < ".join(frame.rpartition("/")[2] for frame in reversed(stall["frames"][-4:]))
        print(f"  {stall['late_ms']:.0f} ms late, {stall['cpu_ms']:.0f} ms computed: {where}")
    if found["cpu_stalls"] or (quiet and found["stalls"]):
        raise SystemExit("the event loop was blocked for more than 50 ms")
    if found["stalls"]:
        print("  (the machine was busy with other things, so the lateness says little)")


if __name__ == "__main__":
    main()
