"""Writes YAML that people go on editing: the spec with the place where each entry comes from, and the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from asset_pipeline.legacy.config import OldConfig
from asset_pipeline.legacy.fixed import FIXED
from asset_pipeline.legacy.gathering import Entry, Gathered
from asset_pipeline.redaction import redact
from asset_pipeline.specs.wanted import ImageType, Tier

SPEC_HEAD = "# yaml-language-server: $schema=spec.schema.json\n"


class _Dumper(yaml.SafeDumper):
    """Writes amounts as they are said, and everything where it belongs."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the library's signature
        """Write what is there twice, twice."""
        return True


def _amount(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    kind = "int" if value == value.to_integral_value() and "." not in str(value) else "float"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", f"{value:f}")


_Dumper.add_representer(Decimal, _amount)


def yaml_text(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return a value as YAML, in its own order: its keys below each other, what is deep in them on a line."""
    is_flat = isinstance(value, Mapping) and not any(isinstance(one, list | tuple | dict) for one in value.values())
    style = False if is_flat else None
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=style)


def spec_text(collection: str, config: OldConfig, gathered: Gathered) -> str:
    """Return the spec: what the settings said of it, letters, what was built in, and pages, each below its place."""
    head = {"collection": collection, "title": config.name or collection.replace("-", " ").title()}
    head |= {key: config.spec[key] for key in ("sample", "theme", "types") if key in config.spec}
    parts = [
        SPEC_HEAD,
        _comment("Taken over from the old tool by `asset-pipeline import-legacy`; it is yours to edit now."),
    ]
    parts += [_comment(config.description)] if config.description else []
    parts += [yaml_text(head), "\nimages:\n", *_listed(_images(gathered))]
    if gathered.pages:
        parts += ["\n", _comment("A page gets one icon and one cover."), "pages:\n"]
        parts += _listed((page.place, _page(page)) for page in gathered.pages)
    return "".join(parts)


def _comment(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in f"# {redact(text)}") + "\n"


def _listed(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterable[str]:
    last = ""
    for place, entry in entries:
        if place != last:
            yield f"  {_comment(place)}"
        last = place
        yield "".join(f"  {line}\n" for line in yaml_text([entry]).splitlines())


def _images(gathered: Gathered) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for letter in gathered.letters:
        yield letter.place, {"type": ImageType.LETTER_HEADERS.value, **_said(letter)}
    for kind, images in FIXED.items():
        for slug, title in images.items():
            yield "the old tool's program", {"type": kind.value, "title": title, "slug": slug}


def _page(page: Entry) -> Mapping[str, Any]:
    return _said(page) | ({"tier": Tier.HUB.value} if page.is_hub else {})


def _said(entry: Entry) -> dict[str, Any]:
    said = {"title": entry.title, "slug": entry.slug, "description": entry.description, "role": entry.role}
    return {key: value for key, value in said.items() if value}
