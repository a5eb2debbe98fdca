"""The leaderboard: who wins, how sure one can be of it, what a win costs, and never what the other mode has won."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.ledger import Database, Ledger, Outcome, State
from asset_pipeline.prompts import Candidate, Winner
from asset_pipeline.prompts.leaderboard import Leaderboard, mean_interval, read_leaderboard, wilson
from asset_pipeline.prompts.store import save_losers, save_winners
from asset_pipeline.prompts.thompson import Tally, read_tallies
from asset_pipeline_tests.support.ledgers import intent_for, new_ledger, open_ledger, take, wait_for

STRONG, WEAK = "maker/strong", "maker/weak"


class Book:
    """Competitions in a database, with calls that have really cost what they cost."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ledgers: dict[str, Ledger] = {}
        self.number = 0

    def candidate(self, model, score, *, won=False, cost="0.001", mode="sandbox", disqualified=None, brief="calm"):
        """Return a candidate whose call is settled."""
        self.number += 1
        ledger = self.ledgers.setdefault(mode, open_ledger(self.database, mode))
        intent = intent_for(f"w{self.number}", "0.01", kind="writer", provider="openrouter", model=model)
        call_id = wait_for(lambda: ledger.hold(intent)).call_id
        take(ledger, call_id, State.SUBMITTED)
        take(ledger, call_id, State.SETTLED, cost_usd=Decimal(cost), outcome=Outcome.SUCCEEDED)
        points = None if score is None else Decimal(score)
        return Candidate(
            *(0, model, "p", "", "", points, {}, "", won, call_id, None, Decimal(0)),
            brief=brief,
            disqualified=disqualified,
        )

    def hold(self, image_key, *candidates):
        """Keep a competition, or only its losers where nobody has won."""
        self.number += 1
        key, placed = f"k{self.number}", [self._at(n, one) for n, one in enumerate(candidates)]
        first = next((one for one in placed if one.won), None)
        if first is None:
            self.database.run(lambda connection: save_losers(connection, [(key, image_key, placed)]))
            return
        winner = Winner(key, "p", "", first.model, first.score, tuple(placed), Decimal(0))
        self.database.run(lambda connection: save_winners(connection, [(image_key, winner)]))

    @staticmethod
    def _at(position, one):
        return Candidate(**vars(one) | {"position": position})

    def read(self, mode="sandbox") -> Leaderboard:
        """Return the leaderboard."""
        return self.database.run(lambda connection: read_leaderboard(connection, mode))


@pytest.fixture
def book(tmp_path):
    """An empty book."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as database:
        yield Book(database)


@pytest.fixture
def full(book):
    """Three competitions for icons and one for covers; the last one nobody has won."""
    c = book.candidate
    book.hold("t.icons.a", c(STRONG, 8, won=True), c(WEAK, 6, cost="0.0005"))
    book.hold("t.icons.b", c(STRONG, 9, won=True, cost="0.003"), c(WEAK, 5, cost="0.0005"))
    book.hold("t.icons.c", c(STRONG, 7), c(WEAK, "7.5", won=True, cost="0.0005"))
    book.hold("t.covers.a", c(WEAK, None, disqualified="refusal: no", cost="0.0002"))
    return book


def test_wins_scores_and_costs_are_counted_by_type_and_overall(full):
    board = full.read()
    assert list(board.by_type) == ["all", "icons", "covers"]
    strong, weak = board.by_type["icons"]
    assert (strong.model, strong.brief, strong.competitions, strong.wins) == (STRONG, "calm", 3, 2)
    assert (strong.share, strong.score, strong.cost_usd) == (2 / 3, 8, Decimal("0.005"))
    assert strong.cost_per_win_usd == Decimal("0.0025")
    assert (weak.wins, weak.cost_per_win_usd, weak.disqualified) == (1, Decimal("0.0015"), 0)
    (covers,) = board.by_type["covers"]
    assert (covers.model, covers.wins, covers.score, covers.cost_per_win_usd) == (WEAK, 0, None, None)
    assert (covers.competitions, covers.disqualified) == (1, 1)
    overall = {line.model: line for line in board.by_type["all"]}
    assert (overall[WEAK].competitions, overall[WEAK].disqualified) == (4, 1)
    assert overall[WEAK].cost_usd == Decimal("0.0017")


def test_what_sampling_learns_is_what_the_leaderboard_shows(full):
    tallies = full.database.run(lambda connection: read_tallies(connection, "sandbox"))
    assert tallies == {
        ("icons", (STRONG, "calm")): Tally(2, 1),
        ("icons", (WEAK, "calm")): Tally(1, 2),
        ("covers", (WEAK, "calm")): Tally(0, 1),
    }


def test_what_was_made_up_says_nothing_of_what_is_real(full):
    full.hold("t.icons.d", full.candidate(WEAK, 9, won=True, mode="live"), full.candidate(STRONG, 2, mode="live"))
    assert [line.wins for line in full.read("live").by_type["all"]] == [1, 0]
    assert sum(line.wins for line in full.read().by_type["all"]) == 3


def test_the_same_model_under_two_briefs_has_two_lines(book):
    book.hold("t.icons.a", book.candidate(STRONG, 8, won=True), book.candidate(STRONG, 6, brief="loud"))
    assert [(line.brief, line.wins) for line in book.read().by_type["icons"]] == [("calm", 1), ("loud", 0)]


def test_who_wins_without_a_judge_has_beaten_nobody(book):
    book.hold("t.icons.a", book.candidate(STRONG, None, won=True))
    assert book.read().by_type == {}


def test_an_answer_that_took_part_twice_was_paid_once(book):
    shared = book.candidate(STRONG, 8, won=True)
    for image in ("t.icons.a", "t.icons.b"):
        book.hold(image, shared, book.candidate(WEAK, 5))
    line = book.read().by_type["icons"][0]
    assert (line.wins, line.cost_usd, line.cost_per_win_usd) == (2, Decimal("0.001"), Decimal("0.0005"))


@pytest.mark.parametrize(
    ("wins", "trials", "low", "high"),
    [(0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_a_share_has_wilsons_interval(wins, trials, low, high):
    found = wilson(wins, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_a_share_lies_in_its_interval_and_that_in_what_is_possible(counts):
    found = wilson(*counts)
    assert 0 <= found.low <= counts[0] / counts[1] + 1e-12
    assert counts[0] / counts[1] - 1e-12 <= found.high <= 1


@pytest.mark.parametrize(("count", "quantile"), [(4, 3.182), (6, 2.571), (11, 2.228), (31, 2.042)])
def test_a_mean_has_students_interval(count, quantile):
    scores = [5 + 0.5 * (-1) ** n for n in range(count)]
    mean, error = (
        sum(scores) / count,
        (sum((s - sum(scores) / count) ** 2 for s in scores) / (count - 1) / count) ** 0.5,
    )
    found = mean_interval(scores)
    assert found.high - mean == pytest.approx(mean - found.low) == pytest.approx(quantile * error, rel=0.04)


def test_of_three_scores_nobody_says_how_far_their_mean_may_be_off():
    assert mean_interval([1, 5, 9]) is None


@given(st.lists(st.floats(0, 10), min_size=4, max_size=30))
def test_the_interval_of_a_mean_stays_on_the_scale(scores):
    found = mean_interval(scores)
    assert 0 <= found.low <= sum(scores) / len(scores) + 1e-9
    assert sum(scores) / len(scores) - 1e-9 <= found.high <= 10
