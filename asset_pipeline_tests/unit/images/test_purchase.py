"""What becomes of a prediction that was paid: kept, booked at what it cost, or told why not."""

import asyncio
import io
import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import duckdb
import httpx
import pytest
import respx
from PIL import Image

from asset_pipeline.errors import LedgerDiskError
from asset_pipeline.images import arrival, purchase, svg
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.purchase import Fetched, Kept, OpenPurchase, Purchases
from asset_pipeline.images.wakeups import Wakeups
from asset_pipeline.ledger import Database, Price
from asset_pipeline.paths import Paths
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.support.ledgers import intent_for, new_ledger, open_ledger, rows
from asset_pipeline_tests.unit.providers.support import REPLICATE, replicate

FILE = "https://replicate.delivery/xezq/a/out-0.png"
VECTOR = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><rect width="4" height="4" fill="#f00"/></svg>'
SECONDS = Price("second", {"second": "0.001"}, "2026-01-01", "a test")
CALLS = "SELECT state, outcome, cost_usd, held_usd FROM calls"
DEPLOYMENT = "deployments/acme/maker"


def png():
    """Return a small picture's file."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3), "#0a0").save(buffer, "PNG")
    return buffer.getvalue()


class Buyer:
    """Buys at a mocked Replicate, with a real ledger and real files.

    Args:
        folder: Where all of it lies.
        database: Of the ledger.
    """

    def __init__(self, folder, database):
        self.paths = Paths(root=folder, data=folder / "data", specs=folder / "specs")
        self.database = database
        self.ledger = open_ledger(database)

    def buy(self, model="maker/model", **changes):
        """Buy a prediction, follow it and keep what it brought; return that, or why there is nothing."""

        async def main():
            held = await self.ledger.hold(intent_for("a", model=model, **changes))
            await self.ledger.submitted(held.call_id, "p1")
            return await self.bring(OpenPurchase.of(held, "p1"))

        return asyncio.run(main())

    def bring_home(self, call_id):
        """Keep what a call brought that is open; return that, or why there is nothing."""

        async def main():
            return await self.bring(OpenPurchase.of_call(await self.ledger.call(call_id), "p1"))

        return asyncio.run(main())

    async def bring(self, purchase):
        """Fetch and keep; return the size of the picture that was kept, or why there is none."""
        with ThreadPoolExecutor(2) as workers:
            async with replicate() as client:
                purchases = Purchases(
                    self.ledger,
                    client,
                    FileStore(self.paths),
                    workers=workers,
                    poll_s=0.01,
                    timeout_s=5,
                    wakeups=Wakeups(None),
                )
                got = await purchases.fetch(purchase)
                if isinstance(got, Fetched):
                    got = await purchases.keep(got, lambda picture, _original: picture.size)
                if isinstance(got, Kept):
                    await got.booked
                    return got.used
                return got

    def files(self):
        """Return the names of all files that were kept, halves included."""
        return sorted(path.name for path in self.paths.originals.rglob("*") if path.is_file())

    def rows(self, sql):
        """Ask the ledger's database."""
        return rows(self.database, sql)


@pytest.fixture
def buyer(tmp_path):
    """A buyer with an empty ledger."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as database:
        yield Buyer(tmp_path, database)


def answered(**prediction):
    """Let Replicate say this of the prediction."""
    body = {"id": "p1", "status": "succeeded", "output": [FILE], "metrics": {}} | prediction
    respx.get(f"{REPLICATE}/predictions/p1").respond(json=body)


@respx.mock
def test_a_picture_is_kept_under_its_content_with_the_version_that_made_it_and_no_half_is_left(buyer):
    answered(model="replicate-internal/maker-int8", version="hidden")
    respx.get(FILE).respond(content=png())
    assert buyer.buy() == (4, 3)
    ((model, version, sha256, size),) = buyer.rows("SELECT model, model_version, sha256, bytes FROM store.originals")
    assert (model, version, size) == ("replicate-internal/maker-int8", "hidden", len(png()))
    assert buyer.files() == [f"{sha256}.png"]
    assert buyer.rows(CALLS) == [("settled", "succeeded", Decimal("0.04"), 0)]


@respx.mock
def test_what_cannot_be_recorded_is_not_booked_either_and_is_brought_home_by_the_next(buyer, monkeypatch):
    """A call booked as paid whose picture is not recorded would be paid and forgotten."""
    answered()
    respx.get(FILE).respond(content=png())

    def full(connection, kept):
        raise duckdb.IOException("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(purchase, "save_originals", full)
        with pytest.raises(LedgerDiskError):
            buyer.buy()
    assert buyer.rows(CALLS) == [("finished", None, 0, Decimal("0.04"))]
    ((call,),) = buyer.rows("SELECT call_id FROM store.calls")
    assert buyer.bring_home(call) == (4, 3)
    assert buyer.rows(CALLS) == [("settled", "succeeded", Decimal("0.04"), 0)]
    assert buyer.rows("SELECT call_id FROM store.originals") == [(call,)]


@respx.mock
def test_where_the_answer_names_no_model_and_no_version_the_one_that_was_asked_is_recorded(buyer):
    answered()
    respx.get(FILE).respond(content=png())
    buyer.buy()
    assert buyer.rows("SELECT model, model_version FROM store.originals") == [("maker/model", None)]


@respx.mock
@pytest.mark.parametrize("status", ["failed", "aborted"])
def test_what_certainly_cost_nothing_and_brought_nothing_may_be_tried_in_another_way(buyer, status):
    answered(status=status, output=None, error="no luck (E1001)", metrics={"predict_time": 3})
    failed = buyer.buy()
    assert failed.may_fall_back
    assert not failed.is_lost
    assert failed.reason.startswith(f"prediction p1 {status}: no luck (E1001)")
    assert buyer.rows(CALLS) == [("settled", "failed", 0, 0)]


@respx.mock
def test_a_failed_run_of_a_deployment_is_booked_by_its_time_and_is_no_free_try(buyer):
    answered(status="failed", output=None, error="no luck", metrics={"predict_time": 3})
    failed = buyer.buy(DEPLOYMENT, price=SECONDS)
    assert not failed.may_fall_back
    assert buyer.rows(CALLS) == [("settled", "failed", Decimal("0.003"), 0)]


@respx.mock
def test_a_run_of_a_deployment_that_never_began_is_free(buyer):
    answered(status="aborted", output=None, metrics={})
    assert buyer.buy(DEPLOYMENT, price=SECONDS).may_fall_back
    assert buyer.rows(CALLS) == [("settled", "failed", 0, 0)]


@respx.mock
def test_a_canceled_run_is_booked_and_is_no_free_try(buyer):
    answered(status="canceled", output=None, metrics={"predict_time": 2})
    failed = buyer.buy(price=SECONDS)
    assert (failed.is_lost, failed.may_fall_back) == (True, False)
    assert buyer.rows(CALLS) == [("settled", "canceled", Decimal("0.002"), 0)]


@respx.mock
@pytest.mark.parametrize(
    ("output", "said"),
    [
        (None, "it delivered nothing"),
        ([], "it delivered nothing"),
        (["I cannot ", "draw that."], "it delivered nothing but ['I cannot ', 'draw that.']"),
        ({"seed": 7}, "it delivered nothing but {'seed': 7}"),
    ],
)
def test_a_success_without_a_file_is_paid_lost_and_told_with_what_came_instead(buyer, output, said):
    answered(output=output)
    failed = buyer.buy()
    assert (failed.is_lost, failed.may_fall_back) == (True, False)
    assert f"{said}. To buy it again" in failed.reason
    assert buyer.rows(CALLS) == [("settled", "lost", Decimal("0.04"), 0)]


@respx.mock
def test_what_is_no_picture_is_kept_as_it_came_and_no_half_is_left(buyer):
    answered()
    respx.get(FILE).respond(content=b"<html>warming up</html>")
    assert buyer.buy().is_lost
    (name,) = buyer.files()
    assert name.endswith(".bin")


@respx.mock
@pytest.mark.parametrize("answer", [{"status_code": 500}, {"content": b"", "headers": {"ETag": f'"{"0" * 32}"'}}])
def test_a_download_that_never_works_leaves_the_call_open_and_no_half_behind(buyer, monkeypatch, answer):
    monkeypatch.setattr(arrival, "DOWNLOAD_WAIT_S", 0.001)
    answered()
    route = respx.get(FILE).respond(**answer)
    assert isinstance(buyer.buy(), Waiting)
    assert len(route.calls) == arrival.DOWNLOAD_TRIES
    assert buyer.files() == []
    assert buyer.rows(CALLS) == [("finished", None, 0, Decimal("0.04"))]


@respx.mock
def test_a_full_disk_leaves_the_call_open_and_no_half_behind(buyer, monkeypatch):
    answered()
    respx.get(FILE).respond(content=png())

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    waiting = buyer.buy()
    assert isinstance(waiting, Waiting)
    assert "No space left on device" in waiting.reason
    assert buyer.files() == []
    assert buyer.rows(CALLS) == [("finished", None, 0, Decimal("0.04"))]


@respx.mock
def test_an_svg_is_kept_as_one_and_drawn(buyer):
    answered(output="https://replicate.delivery/xezq/a/out-0.svg")
    respx.get("https://replicate.delivery/xezq/a/out-0.svg").respond(content=VECTOR)
    assert buyer.buy() == (1024, 1024)
    assert buyer.rows("SELECT format, width FROM store.originals") == [("svg", 1024)]
    (name,) = buyer.files()
    assert name.endswith(".svg")


@respx.mock
def test_an_svg_that_cannot_be_drawn_here_is_kept_and_booked_and_its_failure_says_what_is_needed(
    buyer, monkeypatch, tmp_path
):
    drawer = tmp_path / "drawer.py"
    drawer.write_text(f"import sys; sys.exit({svg.NO_LIBRARY})")
    monkeypatch.setattr(svg, "DRAWER", drawer)
    answered()
    respx.get(FILE).respond(content=VECTOR)
    failed = buyer.buy()
    assert isinstance(failed, Failed)
    assert "an SVG needs resvg-py" in failed.reason
    assert (failed.is_lost, failed.may_fall_back) == (False, False)
    assert buyer.rows("SELECT format, width FROM store.originals") == [("svg", 0)]
    assert buyer.rows(CALLS) == [("settled", "succeeded", Decimal("0.04"), 0)]


@respx.mock
def test_a_prediction_that_cannot_be_looked_up_stays_open(buyer):
    respx.get(f"{REPLICATE}/predictions/p1").mock(return_value=httpx.Response(401, json={"detail": "no token"}))
    assert isinstance(buyer.buy(), Waiting)
    assert buyer.rows(CALLS) == [("submitted", None, 0, Decimal("0.04"))]
