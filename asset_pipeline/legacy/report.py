"""What an import says of itself: every file and everything in it, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asset_pipeline.legacy.findings import Fate, Finding
from asset_pipeline.legacy.folder import Kind
from asset_pipeline.legacy.reading import Reading

# What is said of these is in the table of files.
_WHOLE_FILES = (Kind.OTHER, Kind.OTHER_YAML, Kind.LINK, Kind.FOLDER, Kind.SPECIAL, Kind.SECRETS, Kind.STORE_PART)
_ORDER = (Fate.IMPORTED, Fate.MERGED, Fate.KEPT, Fate.LEFT_OUT, Fate.UNREADABLE)


@dataclass(frozen=True)
class Fates:
    """How much of one kind met which fate."""

    kind: str
    counts: Mapping[Fate, int]

    def __str__(self) -> str:
        parts = [f"{self.counts[fate]} {fate}" for fate in _ORDER if self.counts.get(fate)]
        return f"{self.kind}: {', '.join(parts)}"


def fates(findings: Iterable[Finding]) -> list[Fates]:
    """Return how much of each kind met which fate, in the order in which the kinds came."""
    counts: defaultdict[str, Counter[Fate]] = defaultdict(Counter)
    for one in findings:
        counts[one.kind][one.fate] += 1
    return [Fates(kind, counted) for kind, counted in counts.items()]


def spending(reading: Reading) -> list[tuple[str, int, Decimal]]:
    """Return what each old file says that was spent: file, entries and sum. They tell of the same money."""
    by_file: defaultdict[str, list[Decimal]] = defaultdict(list)
    for record in reading.records:
        if record.cost_usd is not None:
            by_file[record.file].append(record.spent_usd)
    return [(file, len(costs), sum(costs, Decimal(0))) for file, costs in by_file.items()]


def file_rows(reading: Reading) -> list[dict[str, str]]:
    """Return for every file what it is, and what came of it."""
    by_file: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in reading.findings.all:
        by_file[one.file].append(one)
    rows = []
    for file in reading.files:
        found = by_file[file.name]
        alone = found[0] if len(found) == 1 and found[0].name == file.name else None
        came = f"{alone.fate}: {alone.detail}" if alone else "; ".join(str(one) for one in fates(found))
        rows.append({"file": file.name, "kind": str(file.kind), "came_of_it": came})
    return rows


def as_json(reading: Reading) -> dict[str, Any]:
    """Return the report for programs."""
    return {
        "folder": reading.folder.name,
        "collection": reading.collection,
        "images": dict(Counter(str(image.type) for image in reading.wanted.images)),
        "summary": {
            one.kind: {str(fate): count for fate, count in one.counts.items()} for one in fates(reading.findings.all)
        },
        "files": file_rows(reading),
        "findings": [vars(one) | {"fate": str(one.fate), "kind": str(one.kind)} for one in reading.findings.all],
        "spending": [{"file": file, "entries": n, "says_usd": str(usd)} for file, n, usd in spending(reading)],
        "settings": reading.settings,
    }


def json_text(value: Mapping[str, Any]) -> str:
    """Return the report for programs as text."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def as_markdown(reading: Reading) -> str:
    """Return the report for people."""
    found = reading.findings.all
    counts = Counter(str(image.type) for image in reading.wanted.images)
    types = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    lines = [
        f"# What became of {reading.folder.name}",
        "",
        f"Collection `{reading.collection}`: {len(reading.wanted.images)} images ({types}).",
        "",
        *[f"- {one}" for one in fates(found)],
        "",
        "## Files",
        "",
        *_table(("file", "is", "came of it"), [tuple(row.values()) for row in file_rows(reading)]),
        "## Settings",
        "",
        *_findings([one for one in found if one.kind == "setting"]),
    ]
    spent = [(file, str(n), f"${usd}") for file, n, usd in spending(reading)]
    if spent:
        lines += [
            "## Money",
            "",
            "What old files say; they tell of the same money. None of it counts against a budget.",
            "",
        ]
        lines += _table(("file", "entries", "says"), spent)
    rest = [one for one in found if one.kind not in ("setting", *_WHOLE_FILES)]
    for fate in _ORDER:
        these = [one for one in rest if one.fate is fate]
        if these:
            lines += [f"## {str(fate).capitalize()}", "", *_findings(these)]
    return "\n".join(lines)


def _findings(these: Iterable[Finding]) -> list[str]:
    rows = [
        (one.place, str(one.kind), one.name, f"{one.fate}: {one.detail}" if one.kind == "setting" else one.detail)
        for one in these
    ]
    return _table(("where", "what", "name", "so"), rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return [*head, *(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows), ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
