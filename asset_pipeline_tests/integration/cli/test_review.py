"""`review` serves the page on this machine, prints its token once, and never opens itself to others by accident."""

import re
import signal
import socket
import stat

import httpx

from asset_pipeline_tests.integration.cli.test_sandbox import free_port
from asset_pipeline_tests.support.specs import spec_of


def serve(start, *arguments, lines=2):
    """Start the page, and return the process with its port and the first lines of what it says."""
    port = free_port()
    serving = start("review", "--port", port, *arguments)
    return serving, port, [serving.stdout.readline() for _ in range(lines)]


def end(serving):
    """End the page as Ctrl-C does, and return what it has said since."""
    serving.send_signal(signal.SIGINT)
    out, _ = serving.communicate(timeout=30)
    assert "Traceback" not in out
    return out


def test_it_makes_a_token_prints_it_once_and_lets_its_holder_in(project, start, cli):
    project.spec(spec_of(2))
    assert cli("sync").code == 0
    serving, port, said = serve(start, lines=3)
    url = f"http://127.0.0.1:{port}"
    try:
        assert said[0] == f"review page on {url}\n"
        token = re.search(r"shown only now: (\S+)", said[1])[1]
        file = project.root / "data" / "review" / "token"
        assert file.read_text().strip() == token
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with httpx.Client(base_url=url) as client:
            assert client.get("/").status_code == 303
            assert client.post("/sign-in", data={"token": "wrong", "name": "Ada"}).status_code == 401
            entered = client.post("/sign-in", data={"token": token, "name": "Ada"})
            assert entered.status_code == 303
            assert "server" not in entered.headers
            page = client.get("/c/test")
            assert page.status_code == 200
            assert "Lantern" in page.text
    finally:
        assert token not in end(serving)
    serving, _, said = serve(start)
    assert token not in "".join(said)
    assert "data/review/token" in said[1]
    end(serving)


def test_a_token_of_the_environment_is_used_and_never_printed(project, start):
    project.env["REVIEW_TOKEN"] = "chosen-by-somebody"
    serving, port, said = serve(start)
    try:
        assert "REVIEW_TOKEN" in said[1]
        answer = httpx.post(f"http://127.0.0.1:{port}/sign-in", data={"token": "chosen-by-somebody", "name": "Ada"})
        assert answer.status_code == 303
    finally:
        assert "chosen-by-somebody" not in "".join(said) + end(serving)
    assert not (project.root / "data" / "review" / "token").exists()


def test_other_machines_are_not_served_without_a_chosen_token(project, cli):
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        ran = cli("review", "--host", host, "--port", free_port())
        assert (ran.code, ran.out) == (2, "")
        assert "REVIEW_TOKEN is not set" in ran.err
        assert "TLS" in ran.err
    assert not (project.root / "data" / "review").exists()


def test_other_machines_are_served_with_a_chosen_token_and_only_under_known_names(project, start):
    project.env["REVIEW_TOKEN"] = "chosen-by-somebody"
    serving, port, _ = serve(start, "--host", "0.0.0.0")
    try:
        assert httpx.get(f"http://127.0.0.1:{port}/sign-in").status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port}/sign-in", headers={"host": "evil.example"}).status_code == 421
    finally:
        end(serving)


def test_a_port_that_is_taken_is_named_and_ends_with_2(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = cli("review", "--port", port)
    assert ran.code == 2
    assert f"127.0.0.1 port {port} cannot be had" in ran.err
