"""Writes what a look at the database has found as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from asset_pipeline.ledger.money import plain
from asset_pipeline.review.live_look import Change, Cursor, Entry, Look, Progress

HEARTBEAT = ": still here\n\n"
# How long a browser waits before it connects anew, in milliseconds.
RETRY = "retry: 3000\n\n"
# Trouble is over: said once, as what is told next may be long in coming.
WELL = "event: well\ndata: {}\n\n"


class Events:
    """One listener's events: nothing is told twice that has not changed.

    Args:
        collection: The only one it wants to hear of; None for all.
    """

    def __init__(self, *, collection: str | None) -> None:
        self._cursor: Cursor | None = None
        self._collection = collection
        self._told: dict[str, str] = {}

    def of(self, look: Look) -> Iterator[str]:
        """Yield what is new in a look; the last event carries how far the listener has seen then."""
        if self._cursor and look.cursor.is_before(self._cursor):  # it was queued before the listener's own first look
            return
        news = look.after(self._cursor, collection=self._collection)
        self._cursor = look.cursor
        events: list[tuple[str, object]] = []
        for name, state in (("progress", _progress(news)), ("money", _money(news))):
            text = json.dumps(state)
            if self._told.get(name) != text:
                self._told[name] = text
                events.append((name, state))
        if news.entries:
            events.append(("log", [_entry(one) for one in news.entries]))
        events += [("image", _change(one)) for one in news.changes]
        if news.more:
            events.append(("more", {}))
        for number, (name, value) in enumerate(events, start=1):
            # Whoever is cut off between two events comes back for all of them.
            yield event(name, value, cursor=self._cursor if number == len(events) else None)


def event(name: str, value: object, *, cursor: Cursor | None = None) -> str:
    """Return one event; JSON has no line breaks, so a value cannot end it early."""
    head = f"id: {cursor}\n" if cursor else ""
    return f"{head}event: {name}\ndata: {json.dumps(value)}\n\n"


def _progress(look: Look) -> Mapping[str, Any]:
    return {
        "collections": {one.collection: _one_progress(one) for one in look.progress},
        "waiting": sum(one.waiting for one in look.progress),
    }


def _one_progress(one: Progress) -> Mapping[str, Any]:
    return {
        "total": one.total,
        "by_state": one.by_state,
        "in_flight": one.in_flight,
        "waiting": one.waiting,
        "phase": one.phase,
        "spent": plain(one.spent_usd),
        "held": plain(one.held_usd),
    }


def _money(look: Look) -> Mapping[str, Any]:
    return {
        "scopes": {
            one.scope: {
                "limit": plain(one.limit_usd),
                "usable": plain(one.usable_usd),
                "spent": plain(one.spent_usd),
                "held": plain(one.held_usd),
                "unknown": plain(look.unknown.get(one.scope, Decimal(0))),
            }
            for one in look.budgets
        }
    }


def _entry(one: Entry) -> Mapping[str, Any]:
    return {
        "id": one.entry_id,
        "time": _time(one.created_at),
        "image": one.image_key,
        "kind": one.kind,
        "model": one.model,
        "state": one.state,
        "cost": plain(one.cost_usd),
        "reason": one.reason,
        "text": one.text,
    }


def _change(one: Change) -> Mapping[str, Any]:
    return {"key": one.image_key, "state": one.state, "reason": one.reason, "sha256": one.sha256}


def _time(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')}Z"
