"""What holds, key by key, and where each value comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from asset_pipeline.errors import SettingsError
from asset_pipeline.settings.layers import KeyPath
from asset_pipeline.settings.model import Settings
from asset_pipeline.settings.section import Section
from asset_pipeline.settings.sources import SECRET_ADDRESSES, ReadSettings, shown_value
from asset_pipeline.suggestions import suggest
from asset_pipeline.yamlfile import show_key


@dataclass(frozen=True)
class Effective:
    """A value that holds.

    Args:
        key: The setting.
        value: Plain, as JSON has it; of an address that opens something by itself, its host.
        source: Where it comes from.
    """

    key: str
    value: Any
    source: str


def effective(read: ReadSettings, keys: Sequence[str] = ()) -> list[Effective]:
    """Return all settings, or those at and below some keys.

    Args:
        read: What the sources say.
        keys: Sections or single settings.

    Raises:
        SettingsError: There is no such key.
    """
    if read.settings is None:
        return []
    rows = [
        Effective(
            show_key(path), shown_value(path, value).strip("'") if value and path in SECRET_ADDRESSES else value, source
        )
        for path, value in _leaves(read.settings)
        for source in [read.source(path)]
    ]
    for key in keys:
        if not any(_is_below(row.key, key) for row in rows):
            section, _, name = key.rpartition(".")
            known = [row.key.removeprefix(f"{section}.") for row in rows if _is_below(row.key, section)]
            names = dict.fromkeys(one.split(".")[0] for one in known)
            raise SettingsError(f"there is no setting {key!r}{suggest(name, names or Settings.model_fields)}")
    return [row for row in rows if not keys or any(_is_below(row.key, key) for key in keys)]


def setting_keys(model: type[BaseModel] = Settings, above: str = "") -> Iterator[str]:
    """Yield every key of the settings, in their order; a mapping or a list is one key."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from setting_keys(kind, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def _is_below(key: str, section: str) -> bool:
    return not section or key == section or key.startswith(f"{section}.")


def _leaves(model: BaseModel, above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield each setting and its value; of a mapping, each entry, as each may come from a source of its own."""
    plain = model.model_dump(mode="json")
    for name in type(model).model_fields:
        path, value = (*above, name), getattr(model, name)
        if isinstance(value, Section):
            yield from _leaves(value, path)
        elif isinstance(value, Mapping) and value:
            for key, entry in value.items():
                yield (
                    (*path, key),
                    entry.model_dump(mode="json", exclude_none=True)
                    if isinstance(entry, BaseModel)
                    else plain[name][key],
                )
        else:
            yield path, plain[name]
