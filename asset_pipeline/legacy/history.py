"""The old JSON files, by what is in them: each thing of the past becomes a record, and decides nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from asset_pipeline.legacy.broken_json import JsonText, read_json
from asset_pipeline.legacy.config_keys import as_number
from asset_pipeline.legacy.findings import Fate, Findings, Record
from asset_pipeline.legacy.old_types import image_type
from asset_pipeline.yamlfile import KeyPath, parse_yaml

Thing: TypeAlias = Mapping[str, Any]
# Of larger files, finding each entry's line would take longer than it is worth.
MAX_WITH_LINES = 1_000_000
_TIMES = (
    *("timestamp", "created_at", "decision_timestamp", "requested_at"),
    *("edited_at", "generated_at", "cached_at", "start_time"),
)
_NAMES = ("page_title", "title", "id", "run_id", "filename", "session_id", "cache_key", "error")


@dataclass(frozen=True)
class Shape:
    """What a JSON file of one kind looks like.

    Args:
        kind: What it is, for people.
        fits: Says whether a value is one.
        records: Takes it apart: kind, path and thing of each record.
        is_trusted: False where scores were made up, or prompts were a mock's.
        total: Key of the sum that it says it has cost.
    """

    kind: str
    fits: Callable[[Any], bool]
    records: Callable[[Any], Iterator[tuple[str, KeyPath, Any]]]
    is_trusted: bool = True
    total: str = ""


def read_history(text: str, file: str, findings: Findings) -> list[Record]:
    """Return the records of a JSON file; each is noted, and so is what is broken."""
    got = read_json(text)
    if got.problem:
        fate = Fate.KEPT if got.value is not None else Fate.UNREADABLE
        said = f"{got.problem}; what is whole was saved" if got.value is not None else got.problem
        findings.add(file, 0, "file", file, fate, said)
    shape = next((one for one in SHAPES if one.fits(got.value)), None)
    if shape is None:
        if not got.problem or got.value is not None:
            findings.add(file, 0, "file", file, Fate.LEFT_OUT, "JSON of no kind that the old tool wrote")
        return []
    line_of = _lines(text, file, got)
    things = [(kind, line_of(path), path, thing) for kind, path, thing in shape.records(got.value)]
    if things:  # behind the place where it is broken, only what looks like an entry is one
        things += [(things[0][0], line, (), one) for line, one in got.more if "id" in one or "cost" in one]
    else:
        findings.add(file, 0, "file", file, Fate.KEPT, f"{shape.kind}: there is nothing in it")
    found = [
        _record(kind, thing, file=file, line=line, path=path, shape=shape, findings=findings)
        for kind, line, path, thing in things
    ]
    records = [record for record in found if record]
    _note_total(got.value, shape, records, file, findings)
    return records


def read_lines(text: str, file: str, findings: Findings) -> list[Record]:
    """Return the records of a file with one JSON object on each line."""
    records = []
    for number, line in enumerate(text.split("\n"), 1):  # no other end of a line is one in JSON
        if not line.strip():
            continue
        got = read_json(line)
        if isinstance(got.value, dict) and not got.problem:
            records.append(Record("log_line", file, number, got.value, occurred_at=_when(got.value)))
        else:
            findings.add(file, number, "log line", line[:40], Fate.UNREADABLE, got.problem or "it is no object")
    findings.add(file, 0, "file", file, Fate.KEPT, f"{len(records)} lines, as history")
    return records


def _lines(text: str, file: str, got: JsonText) -> Callable[[KeyPath], int]:
    if got.problem or len(text) > MAX_WITH_LINES:
        return lambda _path: 0
    return parse_yaml(text.replace("\t", "  "), shown=file).line


def _record(
    kind: str,
    thing: Any,  # noqa: ANN401 - JSON holds anything
    *,
    file: str,
    line: int,
    path: KeyPath,
    shape: Shape,
    findings: Findings,
) -> Record | None:
    """Return a thing as a record, and note it; None where it is no object."""
    last = str(path[-1]) if path else kind
    if not isinstance(thing, Mapping):
        findings.add(file, line, kind.replace("_", " "), last, Fate.LEFT_OUT, "it is no object")
        return None
    record = thing_record(kind, thing, file=file, line=line, is_trusted=shape.is_trusted)
    name = record.title or next((str(thing[key]) for key in _NAMES if thing.get(key)), last)
    said = "history" if shape.is_trusted else "history, untrusted"
    findings.add(file, line, kind.replace("_", " "), name, Fate.KEPT, said)
    return record


def thing_record(kind: str, thing: Thing, *, file: str, line: int, is_trusted: bool) -> Record:
    """Return a thing as a record, with what it says of an image, of money and of the time."""
    inner = thing.get("metadata")
    metadata: Thing = inner if isinstance(inner, Mapping) else _object(inner)
    of_type = _first(thing, metadata, "type")
    return Record(
        kind=kind,
        file=file,
        line=line,
        payload=thing,
        is_trusted=is_trusted,
        title=_first(thing, metadata, "page_title", "title", "page_slug", "slug"),
        asset_type=_first(thing, metadata, "asset_type") or (of_type if image_type(of_type) else None),
        status=_first(thing, {}, "status"),
        cost_usd=_cost(thing),
        occurred_at=_when(thing),
    )


def _object(text: object) -> Thing:
    value = read_json(text).value if isinstance(text, str) else None
    return value if isinstance(value, dict) else {}


def _note_total(value: Any, shape: Shape, records: Sequence[Record], file: str, findings: Findings) -> None:  # noqa: ANN401 - JSON
    total = as_number(value.get(shape.total)) if shape.total and isinstance(value, Mapping) else None
    if total is None:
        return
    listed = sum((record.spent_usd for record in records), Decimal(0))
    said = f"the file says ${total} in all; its entries make ${listed}"
    rest = f", so ${total - listed} is of entries that are not in it" if total > listed else ""
    findings.add(file, 0, "total", shape.total, Fate.KEPT, said + rest)


def _first(thing: Thing, other: Thing, *keys: str) -> str | None:
    for source in (thing, other):
        for key in keys:
            value = source.get(key)
            if isinstance(value, str) and value.strip():
                return " ".join(value.split())
    return None


def _cost(thing: Thing) -> Decimal | None:
    cost = next((as_number(thing[key]) for key in ("cost", "amount", "cost_usd") if key in thing), None)
    return cost if cost is not None and 0 <= cost < 1_000_000 else None


def _when(thing: Thing) -> str | None:
    return _first(thing, {}, *_TIMES)


def _has(*keys: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(key in value for key in keys)


def _each(kind: str, value: Any, *path: str) -> Iterator[tuple[str, KeyPath, Any]]:  # noqa: ANN401 - JSON holds anything
    """Yield the entries of a list, or of a mapping with their names."""
    for part in path:
        value = value[part]
    if isinstance(value, list):
        yield from ((kind, (*path, index), thing) for index, thing in enumerate(value))
    elif isinstance(value, Mapping):
        for name, thing in value.items():
            yield kind, (*path, name), {"title": name, **thing} if isinstance(thing, Mapping) else thing
    elif value is not None:
        yield kind, path, value


def _manifest(value: Any) -> Iterator[tuple[str, KeyPath, Any]]:  # noqa: ANN401 - JSON holds anything
    for key in ("samples", "assets"):
        yield from _each("manifest_entry", value, key) if key in value else ()
    yield from _each("manifest_error", value, "errors") if value.get("errors") else ()


def _decisions(value: Any) -> Iterator[tuple[str, KeyPath, Any]]:  # noqa: ANN401 - JSON holds anything
    if isinstance(value.get("session"), Mapping):
        yield "review_session", ("session",), value["session"]
    yield from _each("human_decision", value, "decisions")


def _evaluations(value: Any) -> Iterator[tuple[str, KeyPath, Any]]:  # noqa: ANN401 - JSON holds anything
    """Yield one evaluation for each prompt of each page, with what is said of the page."""
    top, inner = ("pages", "prompts") if "pages" in value else ("competitive_evaluations", "prompt_evaluations")
    for _, path, page in _each("", value, top):
        prompts = page.get(inner) if isinstance(page, Mapping) else None
        if not isinstance(prompts, list):
            yield "evaluation", path, page
            continue
        about = {key: one for key, one in page.items() if key != inner}
        for index, prompt in enumerate(prompts):
            yield "evaluation", (*path, inner, index), {**about, **prompt} if isinstance(prompt, Mapping) else prompt


def _prompts(value: Any) -> Iterator[tuple[str, KeyPath, Any]]:  # noqa: ANN401 - JSON holds anything
    for key, kind in (
        ("prompt_templates", "prompt_template"),
        ("prompts", "prompt"),
        ("edited_prompts", "edited_prompt"),
    ):
        by_type = value.get(key)
        if not isinstance(by_type, Mapping):
            yield from _each(kind, value, key) if by_type else ()
            continue
        for asset_type in by_type:
            if kind == "prompt_template":
                yield kind, (key, asset_type), by_type[asset_type]
                continue
            for _, path, thing in _each(kind, value, key, asset_type):
                yield kind, path, {"asset_type": asset_type, **thing} if isinstance(thing, Mapping) else thing
    for key, kind in (("prompt_history", "earlier_prompt"), ("regeneration_queue", "regeneration_request")):
        yield from _each(kind, value, key) if value.get(key) else ()


def _selected(value: Any) -> bool:  # noqa: ANN401 - JSON holds anything
    entries = list(value.values()) if isinstance(value, Mapping) else []
    return bool(entries) and all(isinstance(one, Mapping) and "selected_prompt" in one for one in entries)


def _is_list_of(key: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and bool(value) and isinstance(value[0], Mapping) and key in value[0]


def _whole(kind: str) -> Callable[[Any], Iterator[tuple[str, KeyPath, Any]]]:
    return lambda value: iter([(kind, (), value)])


SHAPES: Sequence[Shape] = (
    Shape(
        "transaction log", _has("transactions"), lambda v: _each("transaction", v, "transactions"), total="total_cost"
    ),
    Shape("manifest", lambda v: _has("samples")(v) or _has("assets")(v), _manifest, total="total_cost"),
    Shape("decisions", _has("decisions"), _decisions),
    Shape("evaluations", _has("competitive_evaluations"), _evaluations, is_trusted=False),
    Shape("evaluations", _has("pages"), _evaluations, is_trusted=False),
    Shape("prompts", _has("prompts"), _prompts),
    Shape("selected prompts", _selected, lambda v: _each("selected_prompt", v)),
    Shape("competitions", _is_list_of("variants"), lambda v: _each("competition", v), is_trusted=False),
    Shape("cached image", _has("cache_key"), _whole("cached_image")),
    Shape("run", _has("run_id"), _whole("run")),
    Shape("answer of a language model", _has("model", "structured_response"), _whole("llm_generation")),
    Shape("test results", _has("file"), _whole("test_result"), is_trusted=False),
    Shape("list", lambda v: isinstance(v, list), lambda v: _each("entry", v)),
)
