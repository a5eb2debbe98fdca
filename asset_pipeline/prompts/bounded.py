"""Templates in a sandbox that also has an end: a bound on steps, on lengths and on numbers, and no chance at all.

Jinja's own sandbox keeps a template away from Python; it does not keep it from looping for ever or filling the memory,
and two of its helpers are random. What is printed is checked too: the address of a function is another one each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import lru_cache, wraps
from types import CodeType
from typing import Any, cast

from jinja2 import BaseLoader, StrictUndefined, Template, Undefined, UndefinedError, meta, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer

from asset_pipeline.suggestions import suggest

MAX_STEPS = 20_000
MAX_TEXT = 10_000
MAX_NUMBER = 100_000
MAX_BITS = 256
_TOO_LONG = f"it makes a text of more than {MAX_TEXT:,} characters"
_TOO_LARGE = "it makes a number that is too large"
_LOOP, _JOINED = "bounded.loop", "bounded.joined"
_RANDOM_GLOBALS, _RANDOM_FILTERS = ("lipsum",), ("random",)
_WIDE = re.compile(r"\*|\d{5,}")
_PRINTED = (str, int, float, list, tuple, dict, Undefined)

_steps: ContextVar[list[int] | None] = ContextVar("steps of the template under way", default=None)


class BoundError(Exception):
    """A template has reached one of its bounds."""


class SuggestingUndefined(StrictUndefined):
    """An undefined value that names what somebody may have meant."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,  # noqa: ANN401 - anything a template may ask
        name: str | None = None,
        exc: type[Exception] = UndefinedError,
    ) -> None:
        if hint is None and isinstance(name, str):
            if obj is missing:
                hint = f"{name!r} is undefined{suggest(name, NAMES)}"
            elif isinstance(obj, dict):
                hint = f"there is no {name!r} here{suggest(name, obj)}"
        super().__init__(hint, obj, name, exc)  # type: ignore[arg-type]  # the library takes any exception's class


# The variables that templates have; see `asset_pipeline.prompts.context`.
NAMES = ("image", "theme", "palette", "avoid", "tier", "tone", "chosen", "focus", "symbol", "model")


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja in a sandbox, bounded and deterministic."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader, undefined=SuggestingUndefined, autoescape=False, auto_reload=False, finalize=_printable
        )
        for name in _RANDOM_GLOBALS:
            del self.globals[name]
        self.filters = {
            name: _bounded(function) for name, function in self.filters.items() if name not in _RANDOM_FILTERS
        }
        self.filters |= {_LOOP: _counted, _JOINED: _short}

    def compile(  # type: ignore[override]  # the library overloads what it returns by `raw`
        self,
        source: str | nodes.Template,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,  # noqa: FBT001, FBT002 - the library's signature
        defer_init: bool = False,  # noqa: FBT001, FBT002 - the library's signature
    ) -> str | CodeType:
        """Compile a template, with a counter in every loop and a bound on every joined text."""
        if isinstance(source, str) and not raw and not defer_init:
            return _code(source, name, filename)
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        _Bounds().visit(tree)
        tree.set_environment(self)
        return super().compile(tree, name, filename, raw, defer_init)  # type: ignore[call-overload, no-any-return]

    def template(self, text: str, name: str) -> Template:
        """Return a template, ready to be filled.

        Args:
            text: What a person wrote.
            name: Of the file, as messages have it.
        """
        return Template.from_code(self, cast("CodeType", self.compile(text, name, name)), self.make_globals(None))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, N805 - the library's
        """Call what a template calls, as one step."""
        _step()
        _refuse_numbers((*args, *kwargs.values()))
        owner = getattr(getattr(__obj, "__wrapped__", __obj), "__self__", None)
        if isinstance(owner, str) and getattr(__obj, "__name__", "").startswith("format"):
            _refuse_widths(owner)
        return _short(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - any operands
        """Calculate, as one step."""
        _step()
        if operator in ("*", "**"):
            _refuse_numbers((left, right) if operator == "**" else ())
            for text, times in ((left, right), (right, left)):
                if isinstance(text, str | list | tuple) and isinstance(times, int) and len(text) * times > MAX_TEXT:
                    raise BoundError(_TOO_LONG)
            if operator == "**" and isinstance(right, int) and right > MAX_BITS:
                raise BoundError(_TOO_LARGE)
        if operator == "%" and isinstance(left, str):
            _refuse_widths(left)
        return _short(super().call_binop(context, operator, left, right))


def generate(template: Template, values: dict[str, Any]) -> str:
    """Return the text of a template.

    Args:
        template: Of a `BoundedEnvironment`.
        values: Its variables.

    Raises:
        BoundError: It takes too many steps, or its text is too long.
        Exception: Whatever the template raises.
    """
    token = _steps.set([0])
    try:
        parts, length = [], 0
        for part in template.generate(values):
            length += len(part)
            if length > MAX_TEXT:
                raise BoundError(_TOO_LONG)
            parts.append(part)
        return "".join(parts)
    finally:
        _steps.reset(token)


@lru_cache(maxsize=512)
def _code(text: str, name: str | None, filename: str | None) -> str | CodeType:
    """Compile a text once in a process: what comes out depends on nothing else, as all environments are alike."""
    environment = BoundedEnvironment(BaseLoader())
    return environment.compile(environment.parse(text, name, filename), name, filename)


@lru_cache(maxsize=512)
def needs(text: str) -> frozenset[str]:
    """Return the variables that a template may ask for; all of them where it hands them on to another one."""
    tree = BoundedEnvironment(BaseLoader()).parse(text)
    passed_on = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)
    if any(getattr(node, "with_context", True) for node in tree.find_all(passed_on)):
        return frozenset(NAMES)
    return frozenset(meta.find_undeclared_variables(tree))


class _Bounds(NodeTransformer):
    """Puts a counter into loops and a bound on what `~` joins."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - the library's name
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, _LOOP, [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - the library's name
        self.generic_visit(node)
        return nodes.Filter(node, _JOINED, [], [], None, None, lineno=node.lineno)


def _step() -> None:
    steps = _steps.get()
    if steps is not None:
        steps[0] += 1
        if steps[0] > MAX_STEPS:
            raise BoundError(f"it takes more than {MAX_STEPS:,} steps; does a loop repeat too often?")


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _step()
        yield value


def _short(value: Any) -> Any:  # noqa: ANN401 - anything
    if isinstance(value, str | list | tuple) and len(value) > MAX_TEXT:
        raise BoundError(_TOO_LONG)
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise BoundError(_TOO_LARGE)
    return value


def _printable(value: Any) -> Any:  # noqa: ANN401 - anything
    if value is None:
        raise BoundError("this is empty (none) for the image; put it between {% if … %} and {% endif %}")
    if not isinstance(value, _PRINTED):
        raise BoundError(f"a {type(value).__name__} cannot be printed")
    return _short(value)


def _refuse_numbers(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, int | float) and abs(value) > MAX_NUMBER:
            raise BoundError(f"it calculates with a number above {MAX_NUMBER:,}")


def _refuse_widths(text: str) -> None:
    if _WIDE.search(text):
        raise BoundError("it formats to a width of more than four digits")


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def inner(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any filter
        _step()
        _refuse_numbers((*arguments[1:], *named.values()))
        if function.__name__ == "do_format" and isinstance(arguments[0], str):
            _refuse_widths(arguments[0])
        return _short(function(*arguments, **named))

    return inner
