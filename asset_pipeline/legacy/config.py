"""The old `config.json`: each of its keys becomes a setting, a part of the spec, or is dropped with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic import ValidationError

from asset_pipeline.images.models import built_in
from asset_pipeline.legacy.broken_json import read_json
from asset_pipeline.legacy.config_keys import DROPPED, MAPPED, TYPE_KEYS, as_number
from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.legacy.gathering import cut
from asset_pipeline.model_names import without_version
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.redaction import holds_key, remember, without_keys
from asset_pipeline.settings import Settings
from asset_pipeline.specs.expand import BUILT_IN
from asset_pipeline.specs.fields import MAX_LINE
from asset_pipeline.specs.models import Spec
from asset_pipeline.specs.wanted import ImageType
from asset_pipeline.yamlfile import KeyPath, parse_yaml, show_key

Tree: TypeAlias = dict[str, Any]
PLACEHOLDER = "a"


@dataclass
class OldConfig:
    """What the old settings say, in new words.

    Args:
        settings: For `pipeline.yaml`, as a tree.
        spec: For the spec, as a tree.
        name: Of the theme.
        description: Of the theme.
        raw: The file, read; empty where there is none.
    """

    settings: Tree = field(default_factory=dict)
    spec: Tree = field(default_factory=dict)
    name: str = ""
    description: str = ""
    raw: Tree = field(default_factory=dict)


def read_config(text: str, file: str, findings: Findings) -> OldConfig:
    """Return what a config.json says; every key is noted once."""
    got = read_json(text)
    if got.problem:
        findings.add(file, 0, "file", file, Fate.UNREADABLE, got.problem)
    if not isinstance(got.value, dict):
        findings.add(file, 0, "file", file, Fate.UNREADABLE, "there are no keys with values in it")
        return OldConfig()
    # JSON is YAML but for tabs: so every key has its line.
    lines = parse_yaml(text.replace("\t", "  "), shown=file)
    replicate = got.value.get("replicate")
    remember(str(replicate.get("api_key") or "") if isinstance(replicate, dict) else "")
    mapper = _Mapper(got.value, file, lines.line, findings)
    for path, value in leaves(got.value):
        mapper.map(path, value)
    for problem in lines.problems:
        if lines.data is not None:
            findings.add(file, problem.line, "remark", problem.key, Fate.LEFT_OUT, problem.message)
    return mapper.config


def leaves(tree: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every key of a tree that has no keys below it, with its value."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


class _Mapper:
    """Maps one key after the other."""

    def __init__(self, raw: Tree, file: str, line: Callable[[KeyPath], int], findings: Findings) -> None:
        self.config = OldConfig(raw=raw)
        self._file = file
        self._line = line
        self._findings = findings

    def map(self, path: KeyPath, value: Any) -> None:  # noqa: ANN401 - JSON holds anything
        """Take one key over, or say why not."""
        key = show_key(path)
        pattern = _pattern(path)
        if pattern in ("theme.name", "theme.description") and isinstance(value, str):
            self._name(pattern, " ".join(value.split()), path)
        elif pattern == "theme.colors.*":
            self._spec(path, ("theme", "palette", str(path[-1])), value)
        elif pattern == "budget.sample_generation.items":
            self._spec(path, ("sample",), value)
        elif pattern == "replicate.models.*.cost_per_image":
            self._price(path, value)
        elif pattern in TYPE_KEYS:
            self._of_type(path, TYPE_KEYS[pattern], value)
        elif pattern in MAPPED:
            self._settings(path, value, pattern)
        elif pattern in DROPPED:
            self._note(path, Fate.LEFT_OUT, DROPPED[pattern])
        elif path[-1] == "comment":
            self._note(path, Fate.LEFT_OUT, "it is a remark")
        else:
            self._note(path, Fate.LEFT_OUT, f"nothing in the old tool read a key {key!r}")

    def _name(self, pattern: str, value: str, path: KeyPath) -> None:
        clean = without_keys(value)
        if pattern == "theme.name":
            self.config.name = cut(clean, MAX_LINE)
            more = f"; cut to {MAX_LINE} characters" if len(clean) > MAX_LINE else ""
            self._note(path, Fate.IMPORTED, f"the spec's title and collection{more}")
        else:
            self.config.description = clean
            self._note(path, Fate.IMPORTED, "a remark at the top of the spec; style words are under its theme")

    def _of_type(self, path: KeyPath, name: str, value: Any) -> None:  # noqa: ANN401 - JSON holds anything
        kind = str(path[-2])
        if kind not in list(ImageType):
            self._note(path, Fate.LEFT_OUT, f"there is no type {kind!r}")
        elif name == "style":
            self._style(path, kind, value)
        elif name == "model" and isinstance(value, str):
            self._model(path, kind, value)
        else:
            text = value.replace(" ", "").lower() if isinstance(value, str) else value
            self._spec(path, ("types", kind, name), text)

    def _style(self, path: KeyPath, kind: str, value: Any) -> None:  # noqa: ANN401 - JSON holds anything
        if kind not in (ImageType.ICONS, ImageType.COVERS) or not isinstance(value, str):
            self._note(path, Fate.LEFT_OUT, "it says what the type is, which its master prompt says; it was never sent")
            return
        words = [
            *self.config.spec.get("theme", {}).get("style", []),
            value if holds_key(value) else value.replace("_", " "),
        ]
        self._spec(path, ("theme", "style"), list(dict.fromkeys(words)))

    def _model(self, path: KeyPath, kind: str, value: str) -> None:
        name = without_version(value)
        is_known = built_in(name) is not None
        advice = "; without its version: which one counts is known" if is_known and name != value else ""
        better = BUILT_IN[ImageType(kind)].model
        advice += f"; built in for {kind} is {better}" if better != name else ""
        self._spec(path, ("types", kind, "model"), name if is_known else value, advice=advice)

    def _price(self, path: KeyPath, value: Any) -> None:  # noqa: ANN401 - JSON holds anything
        """Take a price over where the model has none; the old tool had five tables that disagreed."""
        model = self.config.raw["replicate"]["models"][path[-2]].get("model_id")
        amount = as_number(value)
        name = without_version(model) if isinstance(model, str) else ""
        if not name or amount is None or PriceTable({}).rows(name):
            self._note(path, Fate.LEFT_OUT, DROPPED["replicate.models.*.cost_per_image"])
            return
        fault = self._set(self.config.settings, ("prices", name), amount, is_setting=True)
        if fault:
            self._note(path, Fate.LEFT_OUT, f"{value!r} {fault}")
        else:
            self._note(path, Fate.IMPORTED, f"prices.{name} = {amount}; no other price of it is known")

    def _settings(self, path: KeyPath, value: Any, pattern: str) -> None:  # noqa: ANN401 - JSON holds anything
        convert = MAPPED[pattern]
        taken = convert(value, self.config.raw)
        if isinstance(taken, str):
            self._note(path, Fate.LEFT_OUT, taken)
            return
        said = []
        for target, new in taken.values.items():
            section, _, name = target.partition(".")
            value = _joined(self.config.settings.get(section, {}).get(name) if name else None, new)
            fault = self._set(self.config.settings, tuple(target.split(".")), value, is_setting=True)
            said.append(f"{target}: not taken, as {new} {fault}" if fault else f"{target} = {_shown(value)}")
        is_taken = any("not taken" not in one for one in said)
        self._note(path, Fate.IMPORTED if is_taken else Fate.LEFT_OUT, "; ".join([*said, *taken.remarks]))

    def _spec(self, path: KeyPath, target: KeyPath, value: Any, *, advice: str = "") -> None:  # noqa: ANN401 - JSON
        fault = self._set(self.config.spec, target, value, is_setting=False)
        if fault:
            self._note(path, Fate.LEFT_OUT, f"{value!r} {fault}; what is built in counts")
        else:
            self._note(path, Fate.IMPORTED, f"spec: {show_key(target)} = {_shown(value)}{advice}")

    def _set(self, tree: Tree, path: KeyPath, value: Any, *, is_setting: bool) -> str:  # noqa: ANN401 - JSON
        """Put a value into a tree, and return what is wrong with it, if anything; then the tree stays as it was."""
        trial = _with(tree, path, value)
        if not is_setting and holds_key(str(value)):
            return "cannot be: there is a key in it"
        try:
            if is_setting:
                Settings(**trial)
            else:
                Spec.model_validate(trial | {"collection": PLACEHOLDER})
        except ValidationError as error:
            return f"cannot be: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
        tree.clear()
        tree.update(trial)
        return ""

    def _note(self, path: KeyPath, fate: Fate, detail: str) -> None:
        self._findings.add(self._file, self._line(path), "setting", show_key(path), fate, detail)


def _joined(before: Any, new: Any) -> Any:  # noqa: ANN401 - JSON holds anything
    """Return what counts where two old keys are one setting: the smaller limit, and all alerts."""
    if isinstance(before, Decimal) and isinstance(new, Decimal):
        return min(before, new)
    return tuple(sorted({*before, *new})) if isinstance(before, tuple) else new


def _with(tree: Tree, path: KeyPath, value: Any) -> Tree:  # noqa: ANN401 - JSON holds anything
    key = str(path[0])
    if len(path) == 1:
        return tree | {key: value}
    return tree | {key: _with(tree.get(key, {}), path[1:], value)}


def _pattern(path: KeyPath) -> str:
    """Return a key with a star for the name of a type or a colour."""
    parts = [str(part) for part in path]
    if parts[:2] == ["replicate", "models"] and len(parts) > 3:
        parts[2] = "*"
    elif parts[0] == "assets" and len(parts) > 2:
        parts[1] = "*"
    elif parts[:2] == ["theme", "colors"] and len(parts) > 2:
        parts[2] = "*"
    return ".".join(parts)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
