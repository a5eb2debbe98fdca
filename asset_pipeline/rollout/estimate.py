"""What a sample says of the rest: how many of it are probably bad, and how many at the most."""

from __future__ import annotations

import math

CONFIDENCE = 0.95
_STEPS = 40  # of bisection; each halves the error, and no one reads more than three digits


def most_likely_share(seen: int, bad: int) -> float:
    """Return the expected share of bad ones, knowing nothing beforehand (Laplace's rule of succession)."""
    return (bad + 1) / (seen + 2)


def most_share(seen: int, bad: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the share that is not exceeded with this confidence: the exact one-sided bound of Clopper and Pearson.

    Source: C. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413.
    """
    if bad >= seen:
        return 1.0
    low, high = bad / seen, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_most(bad, seen, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def sample_note(*, seen: int, bad: int, rest: int) -> str:
    """Return what a sample says of the rest, in a sentence; empty where nothing was seen or nothing is left.

    Args:
        seen: How many images of the sample were looked at.
        bad: How many of those are no good.
        rest: How many are still to be made.
    """
    if not seen or not rest:
        return ""
    likely, most = most_likely_share(seen, bad), most_share(seen, bad)
    return (
        f"Of {seen} seen, {bad or 'none'} {'is' if bad == 1 else 'are'} bad: so of the other {rest}, probably about"
        f" {round(rest * likely)} ({likely:.0%}), and with {CONFIDENCE:.0%} confidence no more than"
        f" {math.ceil(rest * most)} ({most:.0%})."
    )


def _at_most(bad: int, seen: int, share: float) -> float:
    """Return the probability of at most so many bad ones where each is bad with this probability."""
    return sum(math.comb(seen, k) * share**k * (1 - share) ** (seen - k) for k in range(bad + 1))
