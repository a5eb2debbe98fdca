"""How long 500 images take, against what the network or Dagster alone would need. Aim: at most 1.25 times that.

The sandbox answers each paid call after one second; an image takes three of those one after the other (the writers at
once, the judge, the picture), and fifty images are worked on at a time. Dagster alone is a run over the same partitions
that yields the same events and does nothing else, on a storage of its own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.harness import environment, make_project, run_command, served_sandbox

IMAGES = int(os.environ.get("BENCH_IMAGES", "500"))
IN_FLIGHT = 50
LATENCY_S = 1.0
STEPS = 3


def spec() -> str:
    """Return a spec of icons with a page's cover in every tenth place."""
    lines = [
        "collection: bench",
        'theme: {style: engraved, palette: {primary: "#1F3A4D", accent: "#D9A441"}}',
        "images:",
    ]
    for number in range(IMAGES):
        kind = "covers" if number % 10 == 0 else "icons"
        lines.append(f"  - {{type: {kind}, title: Thing number {number}}}")
    return "\n".join(lines) + "\n"


def run_seconds(folder: Path) -> float:
    """Return how long the project's last Dagster run took, from its creation to its end, in seconds."""
    os.environ.update(environment(folder))
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        record = instance.get_run_records(limit=1)[0]
        return float((record.end_time or 0) - record.create_timestamp.timestamp())


def empty_run_seconds(folder: Path) -> float:
    """Return how long Dagster alone takes over the same partitions and events, in seconds."""
    os.environ.update(environment(folder))
    from bench.empty_run import measure

    return measure([f"bench.icons.thing-number-{number}" for number in range(IMAGES)])


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        path = make_project(folder, spec())
        with served_sandbox(folder, latency_s=LATENCY_S) as url:
            env = environment(
                folder,
                SANDBOX__URL=url,
                IMAGES__IN_FLIGHT=IN_FLIGHT,
                ROLLOUT__REQUIRE_APPROVAL="false",
            )
            output, wall_s, peak_mib = run_command(["run", str(path), "--json"], env)
            report = json.loads(output)
        if report["images"]["done"] != IMAGES:
            raise SystemExit(f"only {report['images']['done']} of {IMAGES} images were made")
        run_s = run_seconds(folder)
        empty_folder = Path(temporary) / "empty"
        make_project(empty_folder, spec())
        empty_s = empty_run_seconds(empty_folder)
    ideal_s = STEPS * LATENCY_S * IMAGES / IN_FLIGHT
    floor_s = max(ideal_s, empty_s)
    print(f"throughput: {IMAGES} images, {IN_FLIGHT} in flight, {LATENCY_S:.0f} s a call")
    print(f"  network alone {ideal_s:6.1f} s   Dagster alone {empty_s:6.1f} s")
    print(f"  run           {run_s:6.1f} s   whole command {wall_s:6.1f} s   peak memory {peak_mib:.0f} MiB")
    print(f"  ratio         {run_s / floor_s:6.2f}     (aim: at most 1.25)")


if __name__ == "__main__":
    main()
