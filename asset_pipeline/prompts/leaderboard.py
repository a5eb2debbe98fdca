"""How writers have done: wins, scores and what a win costs, by type of image, with how sure one can be of it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.money import ZERO
from asset_pipeline.specs.wanted import ImageType

ALL = "all"
Z = statistics.NormalDist().inv_cdf(0.975)  # of a 95 % interval
FEW = 4  # below that many scores, nothing is said of how far their mean may be off
_BILLIONTH = Decimal("0.000000001")


@dataclass(frozen=True)
class Interval:
    """Where a value lies with 95 % confidence.

    Args:
        low: From.
        high: To.
    """

    low: float
    high: float


@dataclass(frozen=True)
class Line:
    """How one writer has done.

    Args:
        type: Of the images; `all` for all of them.
        model: The writer.
        brief: Name of its brief; empty from before there were any.
        competitions: In which it took part.
        wins: That it won.
        scores: What the judge gave it, over all of these.
        disqualified: Answers that did not compete.
        cost_usd: What its answers cost, the lost ones included.
    """

    type: str
    model: str
    brief: str
    competitions: int
    wins: int
    scores: tuple[float, ...]
    disqualified: int
    cost_usd: Decimal

    @property
    def share(self) -> float:
        """The share of its competitions that it won."""
        return self.wins / self.competitions

    @property
    def share_interval(self) -> Interval:
        """Where that share lies, by Wilson's interval, which holds for few competitions and for extreme shares too."""
        return wilson(self.wins, self.competitions)

    @property
    def score(self) -> float | None:
        """Its mean score; None where it was never judged."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def score_interval(self) -> Interval | None:
        """Where its mean score lies; None for too few scores."""
        return mean_interval(self.scores)

    @property
    def cost_per_win_usd(self) -> Decimal | None:
        """What a win has cost, the lost competitions included; None without a win."""
        return (self.cost_usd / self.wins).quantize(_BILLIONTH) if self.wins else None


@dataclass(frozen=True)
class Leaderboard:
    """How all writers have done.

    Args:
        mode: `sandbox` or `live`.
        by_type: The lines of each type of image, the best writer first; `all` comes first of them.
    """

    mode: str
    by_type: Mapping[str, Sequence[Line]]


def wilson(wins: int, trials: int) -> Interval:
    """Return Wilson's 95 % interval of a share.

    After E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    share, spread = wins / trials, Z * Z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def mean_interval(scores: Sequence[float]) -> Interval | None:
    """Return the 95 % interval of a mean score, as far as the scale goes; None for too few scores.

    By Student's t, whose quantile is taken from Abramowitz and Stegun's series, 26.7.5.
    """
    if len(scores) < FEW:
        return None
    freedom = len(scores) - 1
    quantile = Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)
    mean, half = statistics.fmean(scores), quantile * statistics.stdev(scores) / math.sqrt(len(scores))
    return Interval(max(0.0, mean - half), min(10.0, mean + half))


@dataclass
class _Sum:
    """What is counted of one writer."""

    competitions: set[str] = field(default_factory=set)
    won: set[str] = field(default_factory=set)
    scores: list[float] = field(default_factory=list)
    disqualified: int = 0
    paid: dict[str, Decimal] = field(default_factory=dict)  # by call: one answer may take part in several competitions


def read_leaderboard(connection: Connection, mode: str) -> Leaderboard:
    """Return how all writers have done in judged competitions, and how often their answers did not compete.

    Args:
        connection: To the database.
        mode: `sandbox` or `live`: made-up wins say nothing of real ones.
    """
    sums: dict[tuple[str, str, str], _Sum] = {}
    for kind, model, brief, key, score, won, disqualified, call_id, cost_usd in connection.execute(
        "SELECT split_part(image_key, '.', 2), model, coalesce(brief, ''), content_key, score, won, disqualified,"
        " call_id, cost_usd FROM main.prompt_candidates"
        " WHERE mode = $1 AND (score IS NOT NULL OR disqualified IS NOT NULL) ORDER BY created_at, position",
        [mode],
    ).fetchall():
        for one in (ALL, kind):
            total = sums.setdefault((one, model, brief), _Sum())
            total.competitions.add(key)
            total.paid[call_id] = cost_usd
            total.disqualified += disqualified is not None
            if score is not None:
                total.scores.append(float(score))
            if won:
                total.won.add(key)
    by_type: dict[str, list[Line]] = {kind: [] for kind in (ALL, *ImageType)}
    for (kind, model, brief), total in sums.items():
        by_type[kind].append(
            Line(
                kind,
                model,
                brief,
                competitions=len(total.competitions),
                wins=len(total.won),
                scores=tuple(total.scores),
                disqualified=total.disqualified,
                cost_usd=sum(total.paid.values(), ZERO),
            )
        )
    return Leaderboard(mode, {kind: sorted(lines, key=_rank) for kind, lines in by_type.items() if lines})


def _rank(line: Line) -> tuple[float, float, str, str]:
    return -line.share, -(line.score or 0), line.model, line.brief
