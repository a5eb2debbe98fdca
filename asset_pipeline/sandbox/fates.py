"""How a prediction can go otherwise than well, once it is taken: what answers show, what it delivers, what it costs.

Which shapes were recorded and which only documented: `aborted`, `data_removed` and the statuses nobody knows are from
the documentation; the drifting, renamed, reordered and doubled keys were recorded.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from asset_pipeline.sandbox.times import as_moment

View = dict[str, Any]

FRESH_S = 0.3
EXPIRES_S = 2.0
_FLAGGED = "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"
_BROKEN = "Director: unexpected error handling prediction (E9828)"


@dataclass(frozen=True)
class Fate:
    """What becomes of a prediction.

    Args:
        ending: Its last status.
        error: Its error text.
        slowness: How many times longer than usual it takes; infinite for one that never ends.
        shape: Changes what an answer about it says.
        output: Changes what it says it delivered, once it has succeeded; gets the addresses.
    """

    ending: str = "succeeded"
    error: str | None = None
    slowness: float = 1.0
    shape: Callable[[View], View] | None = None
    output: Callable[[list[str]], Any] | None = None

    def duration_s(self, usual_s: float) -> float:
        """Return how long it takes, in seconds, of a model that usually takes so long."""
        return inf if self.slowness == inf else usual_s * self.slowness


def _nine_digits(view: View) -> View:
    times = {name: view[name].replace("Z", "000000Z") for name in view if name.endswith("_at")}
    return view | times


def _reordered(view: View) -> View:
    return dict(reversed(view.items())) | {"input": dict(reversed(view["input"].items()))}


def _renamed(view: View) -> View:
    return view | {"model": "replicate-internal/lifeboat", "version": "dp-" + "0" * 32}


def _fewer(view: View) -> View:
    return {name: view[name] for name in ("id", "status", "input", "output") if name in view}


def _more(view: View) -> View:
    return view | {"source": "api", "webhook_completed": None, "surprise": {"nested": [1, None]}}


def _odd_status(view: View) -> View:
    return view | {"status": "interrupted"} if view["status"] in ("starting", "processing") else view


def _removed(view: View) -> View:
    gone = {"data_removed": True, "input": {}, "output": None, "logs": None}
    return view | gone if view["status"] == "succeeded" else view


def _expired(view: View) -> View:
    """Show the output for a moment only; its file cannot be had even then."""
    age_s = time.time() - as_moment(view["created_at"])
    return _removed(view) if age_s > EXPIRES_S else view


FATES: Mapping[str, Fate] = {
    "succeeded": Fate(),
    "flagged": Fate("failed", _FLAGGED),
    "failed": Fate("failed", _BROKEN),
    "failed_silently": Fate("failed"),
    "aborted": Fate("aborted"),
    "canceled": Fate("canceled"),
    "stuck": Fate(slowness=inf),
    "slow": Fate(slowness=4),
    "fresh_404": Fate(),
    "odd_status": Fate(shape=_odd_status),
    "nine_digits": Fate(shape=_nine_digits),
    "duplicate_key": Fate(),
    "reordered": Fate(shape=_reordered),
    "renamed": Fate(shape=_renamed),
    "fewer_fields": Fate(shape=_fewer),
    "more_fields": Fate(shape=_more),
    "as_text": Fate(output=lambda urls: urls[0]),
    "as_list": Fate(output=lambda urls: urls),
    "nested": Fate(output=lambda urls: {"images": [[{"image": url}] for url in urls]}),
    "data_url": Fate(),
    "no_output": Fate(output=lambda _: None),
    "empty_list": Fate(output=lambda _: []),
    "data_removed": Fate(shape=_removed),
    "wrong_size": Fate(),
    "wrong_format": Fate(),
    "not_an_image": Fate(),
    "truncated": Fate(),
    "blank": Fate(),
    "endless": Fate(),
    "redirected": Fate(),
    "expired": Fate(shape=_expired),
}


def as_json(view: View, fate: str) -> bytes:
    """Return an answer about a prediction as it goes over the wire, keys given twice included."""
    text = json.dumps(view, separators=(",", ":"))
    if fate == "duplicate_key":
        text = f'{{"model":{json.dumps(view.get("model"))},{text[1:]}'
    return f"{text}\n".encode()
