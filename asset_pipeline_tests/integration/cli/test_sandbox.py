"""`sandbox` serves the stand-in providers; and output may be cut off by whoever reads it."""

import signal
import socket

import httpx
import pytest

from asset_pipeline_tests.support.projects import COMMAND
from asset_pipeline_tests.support.specs import spec_of


def free_port():
    """Return a port that nobody has, at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def test_it_serves_on_its_port_prints_its_address_and_a_run_goes_through_it(project, run_in, start):
    port = free_port()
    serving = start("sandbox", "--port", port, "--latency", "0.02", "--quick")
    try:
        assert serving.stdout.readline() == f"sandbox on http://127.0.0.1:{port}\n"
        assert f"ASSET_PIPELINE__SANDBOX__URL=http://127.0.0.1:{port}" in serving.stdout.readline()
        project.spec(spec_of(2))
        project.set(sandbox__url=f"http://127.0.0.1:{port}")
        assert run_in(project, "run").code == 0
        invoice = httpx.get(f"http://127.0.0.1:{port}/_sandbox/invoice").json()
        assert len(invoice["calls"]) == 2 * 4
        assert project.rows("SELECT sum(cost_usd)::VARCHAR FROM calls")[0][0].rstrip("0") == invoice[
            "total_usd"
        ].rstrip("0")
    finally:
        serving.send_signal(signal.SIGINT)
        out, _ = serving.communicate(timeout=30)
    assert serving.returncode == 130
    assert "Traceback" not in out


def test_a_port_that_is_taken_is_named_and_ends_with_2(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = cli("sandbox", "--port", port)
    assert ran.code == 2
    assert ran.out == ""
    assert f"port {port} cannot be had" in ran.err
    assert "--port" in ran.err


@pytest.mark.parametrize("options", [(), ("--rate-limits",)])
def test_above_the_rate_limits_one_is_refused_only_where_that_was_asked_for(start, options):
    port = free_port()
    serving = start("sandbox", "--port", port, "--latency", "0", "--quick", *options)
    try:
        serving.stdout.readline()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer sandbox"}) as client:
            path, body = "/v1/models/black-forest-labs/flux-schnell/predictions", {"input": {"prompt": "a compass"}}
            first = client.post(path, json=body)
            # How soon all is there again says which limit counts: of a minute's 600, or of a second's.
            left = [int(first.headers[f"ratelimit-{name}"]) for name in ("remaining", "reset")]
            for _ in range(200):
                last = client.post(path, json=body)
            assert (first.status_code, last.status_code, left) == (201, 201, [599, 1])
            assert (int(last.headers["ratelimit-reset"]) > 1) == bool(options)
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)


@pytest.mark.parametrize("options", ["", "--json"])
def test_a_reader_that_has_had_enough_sees_no_traceback(demo, options):
    much = "select repeat('x', 1000) as x from range(500)"
    ran = demo.project.execute(
        "/bin/bash", "-c", f'{COMMAND} sql {options} "{much}" | head -n 1; echo ${{PIPESTATUS[0]}}'
    )
    assert ran.err == ""
    assert ran.out.splitlines()[-1] == "0"


def test_a_run_whose_reader_has_had_enough_goes_on_to_its_end(served_project, sandbox):
    served_project.spec(spec_of(4))
    ran = served_project.execute("/bin/bash", "-c", f"{COMMAND} run | head -n 1; echo ${{PIPESTATUS[0]}}")
    assert ran.err == ""
    assert ran.out.startswith("[1/4] done")
    assert ran.out.splitlines()[-1] == "0"
    assert len(served_project.images()) == 4
