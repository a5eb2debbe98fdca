"""Reads YAML that people write: every value keeps its line, and what YAML would silently swallow is a problem.

Refused with file and line: duplicate keys, several documents, tags of programming languages, alias bombs, recursive
aliases, files too large or not UTF-8. Nothing here knows what the keys mean.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from asset_pipeline.errors import Problem
from asset_pipeline.folders import FolderFile

KeyPath = tuple[Hashable, ...]

# A spec of 20,000 images has about 150,000 nodes; only aliases that multiply each other reach this.
MAX_NODES = 1_000_000
MAX_DEPTH = 50
MEGABYTE = 1_000_000
MAX_SHOWN = 80

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # C where libyaml is there; the stubs know neither well
_MERGE_TAG = "tag:yaml.org,2002:merge"
_COLLECTION_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


def load_own(text: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a file of this package holds; what people write goes through `parse_yaml`."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one, and our own file


@dataclass
class YamlDocument:
    """What a YAML file says, and where it says it.

    Args:
        file: The file's name, as it is shown to the user.
        sha256: Hash of the file's bytes.
        data: Plain dicts, lists and scalars; None if the file could not be read.
        problems: What is wrong with the file as YAML.
    """

    file: str
    sha256: str = ""
    data: Any = None
    problems: list[Problem] = field(default_factory=list)
    _lines: dict[KeyPath, int] = field(default_factory=dict)
    _texts: dict[KeyPath, str] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int:
        """Return the line of the value at `path`, or of the nearest thing around it that was written."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 0

    def text(self, path: KeyPath) -> str | None:
        """Return the scalar at `path` as it was written, or None if there is none."""
        return self._texts.get(path)

    def problem(self, path: KeyPath, message: str) -> Problem:
        """Return a problem that points at `path`."""
        return Problem(file=self.file, line=self.line(path), key=show_key(path), message=message)


def show_key(path: KeyPath) -> str:
    """Return a path as people write it: `images[3].slug`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_yaml(file: Path | FolderFile, *, shown: str, max_bytes: int) -> YamlDocument:
    """Read one YAML file.

    Args:
        file: The file, wherever a person says it is, or as its folder reaches it.
        shown: Its name in messages.
        max_bytes: Size above which it is refused unread.

    Returns:
        The document; look at its `problems` before its `data`.
    """
    document = YamlDocument(file=shown)
    try:
        with file.open("rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            if size > max_bytes:
                document.problems.append(
                    document.problem(
                        (),
                        f"the file has {size / MEGABYTE:.1f} MB; at most {max_bytes / MEGABYTE:.1f} MB are read."
                        " Split it into collections, or raise specs.max_file_mb",
                    )
                )
                return document
            raw = opened.read()
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        document.problems.append(document.problem((), f"not UTF-8 text: {error.reason} at byte {error.start}"))
        return document
    except OSError as error:
        document.problems.append(document.problem((), f"cannot be read: {error.strerror}"))
        return document
    document = parse_yaml(text, shown=shown)
    document.sha256 = hashlib.sha256(raw).hexdigest()
    return document


def parse_yaml(text: str, *, shown: str) -> YamlDocument:
    """Parse YAML text; see `read_yaml`."""
    document = YamlDocument(file=shown)
    try:
        _refuse_depth(text, shown)
        root = yaml.compose(text, Loader=_Loader)
    except _RefusedError as error:
        document.problems.append(error.problem)
        return document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        document.problems.append(Problem(shown, mark.line + 1 if mark else 0, "", f"not valid YAML: {said}"))
        return document
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        document.problems.append(Problem(shown, 0, "", f"not valid YAML: {said}"))
        return document
    if root is None:
        document.problems.append(Problem(shown, 0, "", "the file is empty"))
        return document
    try:
        document.data = _Builder(document).build(root, ())
    except _RefusedError as error:
        document.data = None
        document.problems.append(error.problem)
    return document


def _refuse_depth(text: str, shown: str) -> None:
    """Refuse deep nesting before libyaml's composer sees it: its recursion has no bound and kills the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise _RefusedError(Problem(shown, line, "", f"nested deeper than {MAX_DEPTH} levels"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _RefusedError(Exception):
    """The document as a whole cannot be used."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Builder:
    """Turns nodes into plain values, counting what aliases expand to."""

    def __init__(self, document: YamlDocument) -> None:
        self.document = document
        self.constructor = yaml.constructor.SafeConstructor()
        self.open_nodes: list[yaml.Node] = []
        self.count = 0

    def build(self, node: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        self.document._lines.setdefault(path, node.start_mark.line + 1)
        self.count += 1
        if self.count > MAX_NODES:
            raise self.refused(node, path, f"its aliases expand to more than {MAX_NODES:,} values")
        if node in self.open_nodes:
            raise self.refused(node, path, "the alias contains itself")
        if len(self.open_nodes) >= MAX_DEPTH:
            raise self.refused(node, path, f"aliases nest deeper than {MAX_DEPTH} levels")
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        if node.tag not in _COLLECTION_TAGS:
            raise self.refused(node, path, f"the tag {node.tag} is not allowed")
        self.open_nodes.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, path)
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        finally:
            self.open_nodes.pop()

    def scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        self.document._texts.setdefault(path, node.value)  # what a mapping says itself beats what << brings
        try:
            return self.constructor.construct_object(node)
        except (yaml.constructor.ConstructorError, ValueError, LookupError, AttributeError) as error:
            problem = getattr(error, "problem", None) or (str(error) if isinstance(error, ValueError) else "wrong tag")
            shown = repr(node.value if len(node.value) <= MAX_SHOWN else f"{node.value[:MAX_SHOWN]}...")
            raise self.refused(node, path, f"{shown} cannot be read: {problem}; put it in quotes") from None

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        first_line: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE_TAG:
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.refused(key_node, path, "a key must be plain text")
            key, line = key_node.value, key_node.start_mark.line + 1
            if key in first_line:
                self.document.problems.append(
                    Problem(
                        self.document.file,
                        line,
                        show_key((*path, key)),
                        f"written twice; first on line {first_line[key]}",
                    )
                )
                continue
            first_line[key] = line
            self.document._lines.setdefault((*path, key), line)
            result[key] = self.build(value_node, (*path, key))
        return result | {key: value for key, value in self.merged(node, path).items() if key not in result}

    def merged(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        """Return what `<<: *anchor` brings into a mapping."""
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag != _MERGE_TAG:
                continue
            sources = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            for source in sources:
                if not isinstance(source, yaml.MappingNode):
                    raise self.refused(key_node, path, "<< must name a mapping")
                result = self.build(source, path) | result
        return result

    def refused(self, node: yaml.Node, path: KeyPath, message: str) -> _RefusedError:
        return _RefusedError(Problem(self.document.file, node.start_mark.line + 1, show_key(path), message))
