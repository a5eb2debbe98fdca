"""Reads `.env`, and says which lines of it set nothing; python-dotenv would only log that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

DOTENV = ".env"


@dataclass(frozen=True)
class DotenvFile:
    """What a `.env` says.

    Args:
        values: What it sets, by name.
        problems: What is wrong with it, each with its place; no line is shown, as it may hold a key.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read_dotenv(root: Path) -> DotenvFile:
    """Return what the `.env` in a folder says; nothing where there is none."""
    path = root / DOTENV
    if not path.is_file():
        return DotenvFile()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return DotenvFile(problems=(f"{DOTENV}: not UTF-8 text: {error.reason} at byte {error.start}",))
    except OSError as error:
        return DotenvFile(problems=(f"{DOTENV}: cannot be read: {error.strerror}",))
    lines = list(parse_stream(StringIO(text)))
    good = "".join(line.original.string for line in lines if not line.error)
    values = {name: value or "" for name, value in dotenv_values(stream=StringIO(good)).items()}
    broken = [f"{DOTENV}:{line.original.line}: is no NAME=VALUE" for line in lines if line.error]
    return DotenvFile(values, tuple(broken))
