"""Requests whose path reaches the application as it is, which clients and servers would tidy up on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, MutableMapping
from typing import Any

from starlette.testclient import TestClient


def raw_gets(client: TestClient, paths: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """Return status and body of a GET of each path, signed in as the client is."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    fixed = {"type": "http", "method": "GET", "scheme": "http", "query_string": b"", "root_path": ""}
    common = fixed | {
        "headers": [(b"host", b"127.0.0.1:4500"), (b"cookie", cookies.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 4500),
    }

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()  # nothing more comes, and the client stays
        raise AssertionError

    async def ask(path: str) -> tuple[int, bytes]:
        sent: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        scope = common | {"path": path, "raw_path": path.encode(errors="surrogatepass")}
        await client.app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])

    async def ask_all() -> dict[str, tuple[int, bytes]]:
        return {path: await ask(path) for path in paths}

    return asyncio.run(ask_all())


def raw_get(client: TestClient, path: str) -> tuple[int, bytes]:
    """Return status and body of a GET of one path."""
    return raw_gets(client, [path])[path]
