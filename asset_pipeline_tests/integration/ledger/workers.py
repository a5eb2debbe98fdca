"""What the processes of these tests do; each is started anew, so that it shares nothing but the file."""

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

import duckdb

from asset_pipeline.ledger import Database, Held, Ledger, Outcome
from asset_pipeline_tests.support.ledgers import intent_for


def buy_until_refused(path, start, results, *, name, in_flight):
    """Buy calls of 4 cents, several at a time, until a budget refuses; report how many were bought."""

    async def buy_one_after_another(ledger, lane):
        bought = 0
        while isinstance(held := await ledger.hold(intent_for(f"{name}-{lane}-{bought}")), Held):
            ledger.submitted(held.call_id, f"prediction-{name}-{lane}-{bought}")
            await ledger.settled(held.call_id, held.intent.worst_usd, Outcome.SUCCEEDED)
            bought += 1
        return bought

    async def main(database):
        ledger = Ledger(database, mode="sandbox", gated=False)
        return await asyncio.gather(*(buy_one_after_another(ledger, lane) for lane in range(in_flight)))

    with Database(path) as database:
        start.wait(timeout=120)
        results.put((name, sum(asyncio.run(main(database)))))


def want_the_same(path, start, results, *, name, count):
    """Ask at once for as many things as all the others ask for; report which calls this process may make."""

    async def main(ledger):
        return await asyncio.gather(*(ledger.hold(intent_for(str(n))) for n in range(count)))

    with Database(path) as database:
        start.wait(timeout=120)
        answers = asyncio.run(main(Ledger(database, mode="sandbox", gated=False)))
        results.put((name, [one.intent.content_key for one in answers if isinstance(one, Held)]))


def buy_and_look(path, start, results, *, name, count):
    """Buy calls of 2 cents, and look for alerts after each; report what this process has to deliver."""

    async def main(ledger):
        claimed = []
        for number in range(count):
            held = await ledger.hold(intent_for(f"{name}-{number}", "0.02"))
            ledger.submitted(held.call_id, f"prediction-{name}-{number}")
            await ledger.settled(held.call_id, held.intent.worst_usd, Outcome.SUCCEEDED)
            claimed += await ledger.claim_alerts((Decimal("0.05"), Decimal("0.1")))
        return [(one.scope, str(one.share)) for one in claimed]

    with Database(path) as database:
        start.wait(timeout=120)
        results.put((name, asyncio.run(main(Ledger(database, mode="sandbox", gated=False)))))


def hold_and_hang(path):
    """Hold money, say so, and never come back; a line for each commit."""

    async def main():
        with Database(Path(path)) as database:
            ledger = Ledger(database, mode="sandbox", gated=False)
            for number in range(100_000):
                held = await ledger.hold(intent_for(str(number), "0.0001"))
                sys.stdout.write(f"{held.call_id}\n")
                sys.stdout.flush()

    asyncio.run(main())


def keep_open(path):
    """Keep the file open as a program that does not know our lock; write a row when told to, and end."""
    with duckdb.connect(path) as connection:
        sys.stdout.write("open\n")
        sys.stdout.flush()
        sys.stdin.readline()
        connection.execute("CREATE TABLE main.foreign_rows AS SELECT 42 AS n")


if __name__ == "__main__":
    {"hold_and_hang": hold_and_hang, "keep_open": keep_open}[sys.argv[1]](sys.argv[2])
