"""Merges the sources of settings, and says of each wrong value where it stands and what is allowed, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from asset_pipeline.errors import SettingsError
from asset_pipeline.settings.across import misfits
from asset_pipeline.settings.allowed import allowed
from asset_pipeline.settings.command_line import command_line_layer
from asset_pipeline.settings.layers import (
    BUILT_IN,
    KeyPath,
    Layer,
    Tree,
    dotenv_layer,
    environment_layer,
    file_layer,
    look_up,
    merge,
)
from asset_pipeline.settings.model import Settings
from asset_pipeline.settings.stamp import Stamp, stamp_of
from asset_pipeline.suggestions import suggest
from asset_pipeline.yamlfile import show_key

MAX_SHOWN = 200
# They open something by themselves, so that of them only the host is shown.
SECRET_ADDRESSES = frozenset({("budget", "alert_webhook_url"), ("replicate", "webhook_url")})


@dataclass(frozen=True)
class ReadSettings:
    """What the sources say together.

    Args:
        settings: The settings; where something is wrong, as they would be without it, if that is possible.
        layers: The sources, the strongest first.
        problems: What is wrong, each with its place.
        stamp: What the files were before they were read.
    """

    settings: Settings | None
    layers: tuple[Layer, ...]
    problems: tuple[str, ...]
    stamp: Stamp

    def source(self, path: KeyPath) -> str:
        """Say where the value at `path` comes from."""
        return next((one.source(path) for one in self.layers if look_up(one.values, path)[0]), BUILT_IN)

    def place(self, path: KeyPath) -> str:
        """Say which value is meant, for a message about it."""
        layer = next((one for one in self.layers if look_up(one.values, path)[0]), None)
        return layer.place(path) if layer else show_key(path)


def load_settings(root: Path, *, overrides: Tree | None = None) -> Settings:
    """Return the settings of the project at `root`.

    Args:
        root: The folder with `pipeline.yaml`.
        overrides: Beats all sources, as a tree.

    Raises:
        SettingsError: Names every wrong key with its value, its source and what is allowed.
    """
    read = read_settings(root, overrides=overrides)
    if read.problems or read.settings is None:
        raise wrong_settings(read.problems)
    return read.settings


def wrong_settings(problems: Sequence[str]) -> SettingsError:
    """Return the error about all that is wrong."""
    return SettingsError(
        "\n".join(problems),
        fix="`asset-pipeline settings show` lists every key; docs/settings.md says what each may be",
    )


def read_settings(root: Path, *, overrides: Tree | None = None) -> ReadSettings:
    """Return what the sources of a project say together; see `load_settings`."""
    stamp = stamp_of(root)
    layers = (command_line_layer(overrides), environment_layer(), dotenv_layer(root), file_layer(root))
    merged: Tree = {}
    for layer in reversed(layers):
        merged = merge(merged, layer.values)
    problems = [problem for layer in layers for problem in layer.problems]
    settings, errors = _validated(merged)
    problems += [_explain(path, message, kind, layers) for path, message, kind in errors]
    while errors:  # what is left may be wrong together; and each time less is left
        left = merged
        for path, *_ in errors:
            left = _without(left, path)
        if left == merged:
            break
        merged = left
        settings, errors = _validated(merged)
    read = ReadSettings(settings, layers, (), stamp)
    if settings:
        for one in misfits(settings):
            _, value = look_up(settings.model_dump(mode="json"), one.path)
            problems.append(f"{read.place(one.path)} = {shown_value(one.path, value)}: {one.what}; {one.fix}")
    return replace(read, problems=tuple(dict.fromkeys(problems)))


def shown_value(path: KeyPath, value: object) -> str:
    """Return a value for people; of an address that opens something by itself, its host."""
    if path[:2] in SECRET_ADDRESSES and value is not None:
        try:
            host = urlsplit(str(value)).hostname
        except ValueError:
            host = None
        return f"'…{host}/…'" if host else "'…'"
    shown = repr(value)
    return shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}…"


def _validated(tree: Tree) -> tuple[Settings | None, list[tuple[KeyPath, str, str]]]:
    """Return the settings that a tree gives, and what is wrong with it: where, what, and of which kind."""
    try:
        return Settings(**tree), []
    except ValidationError as error:
        return None, [
            (tuple(part for part in one["loc"] if part != "[key]"), one["msg"], one["type"])
            for one in error.errors(include_input=False)
        ]


def _without(tree: Tree, path: KeyPath) -> Tree:
    """Return a tree without the value at `path`, or without the nearest thing around it that is there."""
    name, below = str(path[0]), path[1:]
    rest = {key: value for key, value in tree.items() if key != name}
    if below and isinstance(tree.get(name), dict) and below[0] in tree[name]:
        return rest | {name: _without(tree[name], below)}
    return rest


def _explain(path: KeyPath, message: str, kind: str, layers: Sequence[Layer]) -> str:
    message = message.removeprefix("Value error, ")
    for shown in (path, path[:-1]):  # of a value in its short form, a part is said to be wrong that is not there
        for layer in layers:
            found, value = look_up(layer.values, shown)
            if not found or not shown:
                continue
            if kind == "extra_forbidden":
                meant = suggest(str(path[-1]), _model_at(path[:-1]).model_fields)
                return f"{layer.place(path)}: there is no such setting{meant}"
            may = allowed(path)
            may = f"; allowed: {may}" if may and not may.startswith("keys") else ""
            return f"{layer.place(shown)} = {shown_value(path, value)}: {message}{may}"
    return f"{show_key(path)}: {message}"


def _model_at(path: KeyPath) -> type[BaseModel]:
    model: type[BaseModel] = Settings
    for part in path:
        annotation = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return model
        model = annotation
    return model
