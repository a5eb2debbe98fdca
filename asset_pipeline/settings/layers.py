"""The sources of settings: what each says, where every value of it stands, and what is wrong with it as a text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as BadEnvironmentValueError

from asset_pipeline.dotenvfile import DOTENV, read_dotenv
from asset_pipeline.paths import SETTINGS_FILE
from asset_pipeline.settings.model import ENV_PREFIX, Settings
from asset_pipeline.suggestions import suggest
from asset_pipeline.yamlfile import YamlDocument, parse_yaml, show_key

Tree = dict[str, Any]
KeyPath = tuple[int | str, ...]

BUILT_IN = "built-in default"
COMMAND_LINE = "command line"
ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Layer:
    """One source of settings.

    Args:
        name: Of the source, for people.
        values: What it says.
        document: Where it says so, if it is YAML.
        variables: Where it says so, if it is variables: the name of each, by the path it sets.
        problems: What cannot be read of it.
    """

    name: str
    values: Tree = field(default_factory=dict)
    document: YamlDocument | None = None
    variables: Mapping[KeyPath, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def place(self, path: KeyPath) -> str:
        """Say which value of this source is meant, for a message about it."""
        if self.document:
            return f"{self.source(path)}: {show_key(path)}"
        return f"{self.name}: {self._variable(path) or show_key(path)}"

    def source(self, path: KeyPath) -> str:
        """Say where in this source the value at `path` stands."""
        if self.document:
            return f"{self.name}:{self.document.line(path)}"
        variable = self._variable(path)
        return f"{self.name} {variable}" if variable else self.name

    def _variable(self, path: KeyPath) -> str | None:
        return next((self.variables[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.variables), None)


def merge(below: Tree, above: Tree) -> Tree:
    """Return two trees as one, key by key; what is above wins."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def look_up(tree: Tree, path: KeyPath) -> tuple[bool, Any]:
    """Return whether there is a value at `path`, and the value."""
    value: Any = tree
    part: Any  # a name in a mapping, a number in a list
    for part in path:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
        if not inside:
            return False, None
        value = value[part]
    return True, value


def file_layer(root: Path) -> Layer:
    """Return what `pipeline.yaml` says."""
    try:
        text = (root / SETTINGS_FILE).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return _unreadable(SETTINGS_FILE, f"not UTF-8 text: {error.reason} at byte {error.start}")
    except OSError as error:
        return _unreadable(SETTINGS_FILE, f"cannot be read: {error.strerror}")
    document = parse_yaml(text, shown=SETTINGS_FILE)
    problems = tuple(str(problem) for problem in document.problems if "is empty" not in problem.message)
    if not problems and not isinstance(document.data, dict | None):
        return _unreadable(SETTINGS_FILE, "must be keys with values")
    values = {key: value for key, value in (document.data or {}).items() if value is not None}
    return Layer(SETTINGS_FILE, values, document, problems=problems)


def environment_layer() -> Layer:
    """Return what the environment says."""
    return _variables(ENVIRONMENT, os.environ.items())


def dotenv_layer(root: Path) -> Layer:
    """Return what `.env` says."""
    read = read_dotenv(root)
    layer = _variables(DOTENV, read.values.items())
    return replace(layer, problems=read.problems + layer.problems)


def _unreadable(name: str, what: str) -> Layer:
    return Layer(name, problems=(f"{name}: {what}",))


def _variables(name: str, variables: Iterable[tuple[str, str]]) -> Layer:
    """Read variables one by one, so that all that are wrong are named, each by its own name."""
    reader = EnvSettingsSource(Settings)
    values: Tree = {}
    places: dict[KeyPath, str] = {}
    problems = []
    for variable, text in variables:
        if not variable.upper().startswith(ENV_PREFIX):
            continue
        path = tuple(variable[len(ENV_PREFIX) :].lower().split("__"))
        if path[0] not in Settings.model_fields:
            meant = suggest(path[0], Settings.model_fields)
            problems.append(f"{name}: {variable}: there is no setting {path[0]!r}{meant}")
            continue
        reader.env_vars = {variable.lower(): text}
        try:
            values = merge(values, reader())
        except BadEnvironmentValueError:
            problems.append(f"{name}: {variable} = {text!r}: lists and mappings are written as JSON")
            continue
        places[path] = variable
    return Layer(name, values, variables=places, problems=tuple(problems))
