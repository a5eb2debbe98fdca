"""Gathers the settings from their sources and says of each wrong one where it stands and what is allowed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
)
from pydantic_settings import (
    SettingsError as BadEnvironmentValueError,
)

from asset_pipeline.errors import SettingsError
from asset_pipeline.paths import SETTINGS_FILE
from asset_pipeline.settings.model import ENV_PREFIX, Settings
from asset_pipeline.settings.types import Mode, is_loopback
from asset_pipeline.suggestions import suggest
from asset_pipeline.yamlfile import YamlDocument, parse_yaml, show_key

Tree = dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """One source of settings."""

    name: str
    values: Tree
    document: YamlDocument | None = None

    def place(self, path: tuple[Any, ...]) -> str:
        """Say where in this source the value at `path` stands."""
        if self.document:
            return f"{self.name}:{self.document.line(path)}: {show_key(path)}"
        variable = ENV_PREFIX + "__".join(str(part).upper() for part in path)
        return f"{self.name}: {variable}" if self.name != COMMAND_LINE else f"{self.name}: {show_key(path)}"


COMMAND_LINE = "command line"


def load_settings(root: Path, *, overrides: Tree | None = None) -> Settings:
    """Return the settings of the project at `root`.

    Args:
        root: The folder with `pipeline.yaml`.
        overrides: Values from the command line, as a tree.

    Raises:
        SettingsError: Names every wrong key with its value, its source and what is allowed.
    """
    layers = [Layer(COMMAND_LINE, overrides or {}), _environment(), _dotenv(root), _file(root)]
    merged: Tree = {}
    for layer in reversed(layers):
        merged = _merge(merged, layer.values)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        lines = [_explain(one["loc"], one["msg"], one["type"], layers) for one in error.errors()]
        raise SettingsError("\n".join(lines), fix=f"every key is described in {SETTINGS_FILE}") from None
    _check_webhook(settings.budget.alert_webhook_url, ("budget", "alert_webhook_url"), settings.mode, layers)
    _check_webhook(settings.replicate.webhook_url, ("replicate", "webhook_url"), settings.mode, layers)
    stamps = settings.provenance.c2pa_timestamp_url
    _check_webhook(stamps, ("provenance", "c2pa_timestamp_url"), settings.mode, layers)
    return settings


def _check_webhook(url: str | None, path: tuple[str, str], mode: Mode, layers: list[Layer]) -> None:
    """Refuse a webhook elsewhere in sandbox mode, where nothing leaves the machine."""
    if mode is Mode.LIVE or url is None or is_loopback(url):
        return
    source = next(layer for layer in layers if _look_up(layer.values, path)[0])
    raise SettingsError(
        f"in sandbox mode nothing leaves this machine, so nothing can be sent to {urlsplit(url).hostname}",
        where=source.place(path),
        fix="an address on 127.0.0.1, ::1 or localhost, or none; in live mode any",
    )


def _merge(below: Tree, above: Tree) -> Tree:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _file(root: Path) -> Layer:
    path = root / SETTINGS_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"not UTF-8 text: {error.reason} at byte {error.start}", where=SETTINGS_FILE) from None
    document = parse_yaml(text, shown=SETTINGS_FILE)
    problems = [problem for problem in document.problems if "is empty" not in problem.message]
    if problems:
        raise SettingsError("\n".join(str(problem) for problem in problems))
    if not isinstance(document.data, dict | None):
        raise SettingsError("must be keys with values", where=SETTINGS_FILE)
    return Layer(SETTINGS_FILE, {k: v for k, v in (document.data or {}).items() if v is not None}, document)


def _environment() -> Layer:
    return Layer("environment", _variables("environment", EnvSettingsSource(Settings), os.environ))


def _dotenv(root: Path) -> Layer:
    source = DotEnvSettingsSource(Settings, env_file=root / ".env")
    return Layer(".env", _variables(".env", source, {k.upper(): v or "" for k, v in source.env_vars.items()}))


def _variables(name: str, source: EnvSettingsSource, variables: Mapping[str, str]) -> Tree:
    for variable in variables:
        key = variable.removeprefix(ENV_PREFIX).split("__")[0].lower()
        if variable.startswith(ENV_PREFIX) and key not in Settings.model_fields:
            raise SettingsError(
                f"there is no setting {key!r}{suggest(key, Settings.model_fields)}", where=f"{name}: {variable}"
            )
    try:
        return {key: value for key, value in source().items() if key in Settings.model_fields}
    except BadEnvironmentValueError as error:
        raise SettingsError(f"{error}; lists and mappings are written as JSON", where=name) from None


def _explain(loc: tuple[int | str, ...], message: str, kind: str, layers: list[Layer]) -> str:
    path = tuple(part for part in loc if part != "[key]")
    for shown in (path, path[:-1]):  # of a value in its short form, a part is said to be wrong that is not there
        for layer in layers:
            found, value = _look_up(layer.values, shown)
            if not found or not shown:
                continue
            if kind == "extra_forbidden":
                meant = suggest(str(path[-1]), _model_at(path[:-1]).model_fields)
                return f"{layer.place(path)}: there is no such setting{meant}"
            return f"{layer.place(shown)} = {value!r}: {message.removeprefix('Value error, ')}"
    return f"{show_key(path)}: {message.removeprefix('Value error, ')}"


def _look_up(tree: Tree, path: tuple[int | str, ...]) -> tuple[bool, Any]:
    value: Any = tree
    part: Any  # a name in a mapping, a number in a list
    for part in path:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
        if not inside:
            return False, None
        value = value[part]
    return True, value


def _model_at(path: tuple[int | str, ...]) -> type[BaseModel]:
    model: type[BaseModel] = Settings
    for part in path:
        annotation = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return model
        model = annotation
    return model
