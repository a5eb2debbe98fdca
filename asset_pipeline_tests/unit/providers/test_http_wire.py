"""A paid request over a real connection that misbehaves: what was on the wire is lost, never sent again."""

import asyncio
import gzip
import socket

import pytest

from asset_pipeline.ledger import Lost, Rejected
from asset_pipeline.providers.http import Answer, post_once
from asset_pipeline_tests.unit.providers.support import client, wire

HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
BODY = b'{"id":"p1"}'


def post_to(behave, *, deadline_s=20.0, **options):
    """Post once to a server that behaves so; return the result and the bodies that reached it."""

    async def main():
        async with wire(behave) as (url, bodies), client(url) as api:
            return await post_once(api, "/predictions", {"n": 1}, deadline_s=deadline_s, **options), bodies

    return asyncio.run(main())


async def well(writer):
    writer.write(HEAD % len(BODY) + BODY)
    await writer.drain()


async def close_at_once(writer):
    writer.close()


async def reset_at_once(writer):
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, 0 s: closing sends a reset
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def cut(writer):
    writer.write(HEAD % 1000 + BODY)
    await writer.drain()


async def reset_mid_body(writer):
    writer.write(HEAD % 1000 + BODY)
    await writer.drain()
    await reset_at_once(writer)


async def talk_nonsense(writer):
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()


async def trickle(writer):
    """Announce an answer, keep the connection alive with newlines beyond the deadline, and only then complete it."""
    writer.write(HEAD % (150 + len(BODY)))
    for _ in range(150):
        writer.write(b"\n")
        await writer.drain()
        await asyncio.sleep(0.01)
    writer.write(BODY)
    await writer.drain()


async def stay_silent(writer):
    await asyncio.sleep(3600)


NAMED = b"HTTP/1.1 200 OK\r\nX-Generation-Id: gen-1\r\nContent-Length: %d\r\n\r\n"


async def name_and_cut(writer):
    writer.write(NAMED % 1000 + BODY)
    await writer.drain()


async def name_and_reset(writer):
    writer.write(NAMED % 1000 + BODY)
    await writer.drain()
    await reset_at_once(writer)


async def name_and_stay_silent(writer):
    writer.write(NAMED % 1000)
    await writer.drain()
    await asyncio.sleep(3600)


async def name_and_never_end(writer):
    writer.write(NAMED % 10**9)
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()


async def name_and_inflate(writer):
    body = gzip.compress(b" " * 1_000_000)
    head = b"HTTP/1.1 200 OK\r\nX-Generation-Id: gen-1\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    writer.write(head % len(body) + body)
    await writer.drain()


def test_a_complete_answer_arrives_as_it_is():
    got, bodies = post_to(well)
    assert isinstance(got, Answer)
    assert (got.status, got.raw, got.body) == (201, BODY, {"id": "p1"})
    assert bodies == [b'{"n":1}']


@pytest.mark.parametrize("behave", [close_at_once, reset_at_once, cut, reset_mid_body, talk_nonsense])
def test_a_connection_that_breaks_after_the_request_is_lost_and_was_sent_once(behave):
    got, bodies = post_to(behave)
    assert isinstance(got, Lost)
    assert bodies == [b'{"n":1}']


@pytest.mark.parametrize("behave", [name_and_cut, name_and_reset, name_and_stay_silent])
def test_an_answer_that_ends_after_its_headers_is_lost_under_the_id_in_them(behave):
    got, bodies = post_to(behave, deadline_s=0.5, id_header="x-generation-id")
    assert isinstance(got, Lost)
    assert got.provider_call_id == "gen-1"
    assert len(bodies) == 1


@pytest.mark.parametrize("behave", [name_and_never_end, name_and_inflate])
def test_an_answer_is_taken_up_to_a_size_and_lost_under_its_id_beyond(behave):
    got, bodies = post_to(behave, id_header="x-generation-id", max_bytes=200_000)
    assert got == Lost("the answer is longer than 200,000 bytes", "gen-1")
    assert len(bodies) == 1


def test_where_no_header_names_an_id_a_lost_answer_has_none():
    got, _ = post_to(name_and_cut)
    assert isinstance(got, Lost)
    assert got.provider_call_id is None


@pytest.mark.parametrize("behave", [trickle, stay_silent])
def test_the_deadline_holds_for_all_of_it_whether_bytes_trickle_or_not(behave):
    got, bodies = post_to(behave, deadline_s=0.3)
    assert isinstance(got, Lost)
    assert bodies == [b'{"n":1}']


def test_a_port_where_nobody_listens_certainly_did_nothing():
    async def main():
        with socket.socket() as taken:  # bound but not listening: refused, and nobody else gets the port
            taken.bind(("127.0.0.1", 0))
            async with client(f"http://127.0.0.1:{taken.getsockname()[1]}") as api:
                return await post_once(api, "/predictions", {"n": 1}, deadline_s=20)

    got = asyncio.run(main())
    assert isinstance(got, Rejected)
    assert got.retry
