"""Downloads: only from hosts that may deliver, complete, not too large, in time, and never in memory as a whole."""

import asyncio
import base64
import gzip
import hashlib
import io
import tracemalloc

import httpx
import pytest
import respx

from asset_pipeline.errors import ImageError
from asset_pipeline.folders import Folder, PartFile
from asset_pipeline_tests.unit.providers.support import listening, replicate, waited

URL = "https://replicate.delivery/xezq/abc/out-0.webp"
PICTURE = b"RIFF" + bytes(96)
MD5 = hashlib.md5(PICTURE, usedforsecurity=False).digest()
MD5_64 = base64.b64encode(MD5).decode()
OTHER_64 = base64.b64encode(bytes(16)).decode()
OTHER_TAG = f'"{"0" * 32}"'


def fetch(url=URL, *, limit=10_000):
    async def main():
        into = io.BytesIO()
        async with replicate(max_download_bytes=limit) as client:
            await client.download(url, into)
        return into.getvalue()

    return asyncio.run(main())


@respx.mock
def test_a_file_comes_as_it_is():
    respx.get(URL).respond(content=PICTURE)
    assert fetch() == PICTURE


@respx.mock
@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/out-0.png",
        "https://replicate.delivery.example.com/out-0.png",
        "https://notreplicate.delivery/out-0.png",
        "https://replicate.delivery@example.com/out-0.png",
        "https://example.com/replicate.delivery/out-0.png",
        "https://example.com#.replicate.delivery",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:4500/",
        "http://replicate.delivery/xezq/abc/out-0.webp",
        "https://replicate.delivery\\@example.com/out-0.png",
        "https://[replicate.delivery",
        "ftp://api.replicate.com/out-0.png",
        "file:///etc/passwd",
        "//replicate.delivery.evil/x",
        "",
    ],
)
def test_a_host_that_may_not_deliver_is_refused_before_a_request(url):
    with pytest.raises(ImageError, match="not taken from"):
        fetch(url)  # respx would raise another error if a request left


@respx.mock
@pytest.mark.parametrize(
    "url", [URL, "https://tjzk.replicate.delivery/a/out.png", "https://api.replicate.com/v1/files/f1/download"]
)
def test_the_delivery_hosts_and_the_api_itself_may_deliver(url):
    respx.get(url).respond(content=PICTURE)
    assert fetch(url) == PICTURE


@respx.mock
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_trying_again_would_not_help(status):
    respx.get(URL).respond(status, headers={"Location": "https://example.com/out-0.png"})
    elsewhere = respx.get("https://example.com/out-0.png").respond(content=PICTURE)
    with pytest.raises(ImageError, match=r"not taken from where 'replicate\.delivery' sends us"):
        fetch()
    assert not elsewhere.called


@respx.mock
@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
def test_a_file_that_is_not_there_is_an_error_that_may_be_tried_again(status):
    respx.get(URL).respond(status, content=b"<Error>NoSuchKey</Error>")
    with pytest.raises(httpx.HTTPError):
        fetch()


@respx.mock
@pytest.mark.parametrize(("size", "fits"), [(99, True), (100, True), (101, False), (100_000, False)])
def test_a_file_may_be_as_large_as_the_limit_and_not_larger(size, fits):
    respx.get(URL).respond(content=bytes(size))
    if fits:
        assert len(fetch(limit=100)) == size
    else:
        with pytest.raises(ImageError, match="larger than 100 bytes"):
            fetch(limit=100)


@respx.mock
def test_an_endless_file_is_cut_off_at_the_limit():
    """It never says how long it is, and would go on for ever."""
    sent = []

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self):
            while True:
                sent.append(1)
                yield bytes(1000)

    respx.get(URL).mock(side_effect=lambda _request: httpx.Response(200, stream=Endless()))
    with pytest.raises(ImageError, match="larger"):
        fetch(limit=10_000)
    assert len(sent) < 20


@respx.mock
@pytest.mark.parametrize("announced", [101, 50, 0])
def test_a_file_of_another_length_than_announced_is_an_error_that_may_be_tried_again(announced):
    headers = {"Content-Length": str(announced)}
    respx.get(URL).mock(return_value=httpx.Response(200, content=PICTURE, headers=headers))
    with pytest.raises(httpx.HTTPError, match=f"100 of {announced} bytes"):
        fetch()


@respx.mock
@pytest.mark.parametrize(
    "headers",
    [
        {"x-goog-hash": f"md5={MD5_64}"},
        {"x-goog-hash": f"crc32c=AAAAAA==,md5={MD5_64}"},
        {"x-goog-hash": f"md5={MD5_64}", "ETag": OTHER_TAG},
        {"x-goog-hash": "crc32c=AAAAAA=="},
        {"ETag": f'"{MD5.hex()}"'},
        {"ETag": f'W/"{"0" * 32}"'},
        {"ETag": f'"{"0" * 32}-2"'},
        {"ETag": '"CKih16GjycICEAE="'},
        {},
    ],
)
def test_a_file_with_the_checksum_that_is_announced_or_with_none_is_whole(headers):
    respx.get(URL).respond(content=PICTURE, headers=headers)
    assert fetch() == PICTURE


@respx.mock
@pytest.mark.parametrize(
    "headers",
    [
        {"x-goog-hash": f"md5={OTHER_64}"},
        {"x-goog-hash": f"crc32c=AAAAAA==, md5={OTHER_64}", "ETag": f'"{MD5.hex()}"'},
        {"ETag": OTHER_TAG},
    ],
)
def test_a_file_with_another_checksum_than_announced_is_an_error_that_may_be_tried_again(headers):
    respx.get(URL).respond(content=PICTURE, headers=headers)
    with pytest.raises(httpx.HTTPError, match="checksum is not the one announced"):
        fetch()


@respx.mock
def test_a_server_that_would_compress_delivers_the_file_itself():
    """Length and checksum are those of the file only if it comes as it is."""

    def deliver(request):
        if "gzip" in request.headers.get("accept-encoding", "gzip"):
            return httpx.Response(200, content=gzip.compress(PICTURE), headers={"Content-Encoding": "gzip"})
        return httpx.Response(200, content=PICTURE)

    respx.get(URL).mock(side_effect=deliver)
    assert fetch() == PICTURE


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("data:image/png;base64," + base64.b64encode(PICTURE).decode(), PICTURE),
        ("data:image/svg+xml,%3Csvg/%3E", b"<svg/>"),
        ("data:;base64,aGk=", b"hi"),
    ],
)
def test_a_file_that_came_within_the_answer_is_taken_from_it(url, data):
    assert fetch(url) == data


@pytest.mark.parametrize("url", ["data:image/png;base64,%%%", "data:image/png;base64,abc", "data:image/png"])
def test_a_file_within_the_answer_that_cannot_be_read_is_an_image_error(url):
    with pytest.raises(ImageError, match="cannot be read"):
        fetch(url)


def test_a_file_within_the_answer_is_under_the_same_limit():
    with pytest.raises(ImageError, match="larger than 100 bytes"):
        fetch("data:image/png;base64," + base64.b64encode(bytes(101)).decode(), limit=100)


@respx.mock
def test_a_file_that_is_announced_as_too_large_is_not_begun():
    read = []

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self):
            read.append(1)
            yield bytes(100)

    headers = {"Content-Length": "101"}
    respx.get(URL).mock(side_effect=lambda _request: httpx.Response(200, stream=Body(), headers=headers))
    with pytest.raises(ImageError, match="larger than 100 bytes"):
        fetch(limit=100)
    assert read == []


@respx.mock
def test_bytes_that_trickle_in_do_not_extend_the_deadline_of_a_file():
    """Each byte comes long before a read would time out; the whole would take a day."""

    class Trickle(httpx.AsyncByteStream):
        async def __aiter__(self):
            for _ in range(8640):
                await asyncio.sleep(10)
                yield b"x"

    respx.get(URL).mock(side_effect=lambda _request: httpx.Response(200, stream=Trickle()))

    async def main():
        async with replicate(download_timeout_s=60) as client:
            with pytest.raises(httpx.HTTPError, match="did not come within 60 s"):
                await client.download(URL, io.BytesIO())

    _, took_s = waited(main())
    assert took_s == pytest.approx(60)


LARGE = 40_000_000
CHUNK = bytes(range(256)) * 256


async def deliver(reader, writer):
    """Serve a large file with its checksum, as a delivery host does."""
    await reader.readuntil(b"\r\n\r\n")
    pieces = [CHUNK] * (LARGE // len(CHUNK)) + [CHUNK[: LARGE % len(CHUNK)]]
    digest = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        digest.update(piece)
    writer.write(f'HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\nETag: "{digest.hexdigest()}"\r\n\r\n'.encode())
    for piece in pieces:
        writer.write(piece)
        await writer.drain()


def test_a_large_file_goes_to_the_disk_piece_by_piece_and_is_never_in_memory_as_a_whole(tmp_path):
    async def main():
        async with listening(deliver) as url, replicate(LARGE, base_url=url) as client:
            part = PartFile(Folder(tmp_path))
            tracemalloc.start()
            try:
                await client.download(f"{url}/out-0.png", part)
                return part, tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
                part.close()

    part, peak_bytes = asyncio.run(main())
    assert part.bytes == (tmp_path / part.name).stat().st_size == LARGE
    with (tmp_path / part.name).open("rb") as file:
        assert part.sha256 == hashlib.file_digest(file, "sha256").hexdigest()
    part.discard()
    assert peak_bytes < LARGE / 10
