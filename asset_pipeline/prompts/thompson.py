"""Who is asked where not all writers are: Thompson sampling, so that a writer that never wins stops being paid.

Each writer's chance to win is drawn from Beta(wins + 1, losses + 1), for the type of image alone, and the highest draws
are asked. In one competition of ten, lots decide about the last place: without that, of equally good writers one that
has lost its first few by chance would hardly be heard again (seen in 8 of 200 simulations of four equals). All draws
are seeded by the competition's key: the same record gives the same choice.

The method is W. R. Thompson's, "On the likelihood that one unknown probability exceeds another in view of the evidence
of two samples", Biometrika 25 (1933).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asset_pipeline.ledger import Connection
from asset_pipeline.prompts.briefs import Writer

Identity = tuple[str, str]
LOTS = 0.1  # share of competitions whose last place goes by lots


@dataclass(frozen=True)
class Tally:
    """How a writer has done.

    Args:
        wins: Judged competitions that it won.
        losses: Those that it lost, disqualified or not.
    """

    wins: int = 0
    losses: int = 0

    def and_one(self, *, won: bool) -> Tally:
        """Return the tally after one more competition."""
        return Tally(self.wins + won, self.losses + (not won))


def allocate(
    writers: Sequence[Writer], tallies: Mapping[Identity, Tally], *, count: int, seed: str
) -> tuple[Writer, ...]:
    """Return who is asked, in the writers' order.

    Args:
        writers: Who may be.
        tallies: How each has done for this type of image; a writer without one is unknown.
        count: How many.
        seed: The competition's key.
    """
    if count >= len(writers):
        return tuple(writers)

    def draw(writer: Writer) -> float:
        tally = tallies.get(writer.identity, Tally())
        own = random.Random("|".join((seed, *writer.identity)))  # noqa: S311 - a draw that must be repeatable
        return own.betavariate(tally.wins + 1, tally.losses + 1)

    best = sorted(range(len(writers)), key=lambda n: (draw(writers[n]), writers[n].identity), reverse=True)
    lots = random.Random(seed)  # noqa: S311 - a draw that must be repeatable
    last = best[count - 1]
    if lots.random() < LOTS:
        last = lots.choice(sorted(best[count - 1 :], key=lambda n: writers[n].identity))
    asked = {*best[: count - 1], last}
    return tuple(writer for number, writer in enumerate(writers) if number in asked)


class Record:
    """How all writers have done, by type of image; what is won or lost since counts at once."""

    def __init__(self) -> None:
        self._tallies: dict[str, dict[Identity, Tally]] = {}

    def load(self, tallies: Mapping[tuple[str, Identity], Tally]) -> None:
        """Take what the database says in place of what was known."""
        self._tallies.clear()
        for (kind, identity), tally in tallies.items():
            self._tallies.setdefault(kind, {})[identity] = tally

    def of(self, kind: str) -> Mapping[Identity, Tally]:
        """Return how writers have done for a type of image."""
        return self._tallies.get(kind, {})

    def count(self, kind: str, identity: Identity, *, won: bool) -> None:
        """Count one more competition."""
        tallies = self._tallies.setdefault(kind, {})
        tallies[identity] = tallies.get(identity, Tally()).and_one(won=won)


def read_tallies(connection: Connection, mode: str) -> dict[tuple[str, Identity], Tally]:
    """Return how all writers have done.

    Args:
        connection: To the database.
        mode: `sandbox` or `live`; what was won in the one says nothing of the other.
    """
    rows = connection.execute(
        "SELECT split_part(image_key, '.', 2), model, brief, count(*) FILTER (won), count(*) FILTER (NOT won)"
        " FROM main.prompt_candidates WHERE mode = $1 AND (score IS NOT NULL OR disqualified IS NOT NULL)"
        " GROUP BY ALL",
        [mode],
    ).fetchall()
    return {(kind, (model, brief or "")): Tally(wins, losses) for kind, model, brief, wins, losses in rows}
