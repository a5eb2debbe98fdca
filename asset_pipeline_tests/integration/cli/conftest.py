"""Fixtures for the command line: commands in this process, slow sandboxes, and a project whose demo is made."""

import shutil
import sys
import warnings
from dataclasses import dataclass

import pytest
import structlog

from asset_pipeline.cli import main
from asset_pipeline_tests.integration.pipeline.conftest import House
from asset_pipeline_tests.support.projects import REPOSITORY, FolderProject, Ran
from asset_pipeline_tests.support.sandboxes import ServedSandbox, served

FORBID = """
import pathlib, socket
def forbidden(*arguments, **named):
    pathlib.Path("connected").write_text(repr(arguments))
    raise AssertionError("no connection may be opened")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = forbidden
"""


@dataclass(frozen=True)
class Demo:
    """The committed demo, made once by `run`."""

    project: FolderProject
    sandbox: ServedSandbox
    first: Ran


@pytest.fixture(scope="package")
def demo(tmp_path_factory):
    """The committed demo, made by a process of its own."""
    folder = tmp_path_factory.mktemp("demo")
    project = FolderProject.make(folder / "project")
    shutil.copy(REPOSITORY / "data" / "specs" / "demo.yaml", project.root / "data" / "specs")
    with served(folder / "sandbox") as sandbox:
        project.set(sandbox__url=sandbox.url)
        yield Demo(project, sandbox, project.command("run", "data/specs/demo.yaml"))


@pytest.fixture
def run_in(monkeypatch, capsys):
    """Runs the program in this process, in a project, and returns what it printed and the code it ended with."""

    def run(project, *arguments, folder=None, **variables):
        with monkeypatch.context() as patch:
            patch.chdir(folder or project.root)
            ours = {"DAGSTER_HOME": str(project.root), "ASSET_PIPELINE_SET": ""}
            for name, value in (ours | project.env | variables).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["asset-pipeline", *(str(one) for one in arguments)])
            patch.setattr(sys, "excepthook", sys.excepthook)
            capsys.readouterr()
            with warnings.catch_warnings():
                # Dagster warns of what it does itself.
                warnings.filterwarnings("ignore", "InitResourceContext.dagster_run is deprecated", DeprecationWarning)
                with pytest.raises(SystemExit) as end:
                    main()
        printed = capsys.readouterr()
        return Ran(end.value.code or 0, printed.out, printed.err)

    yield run
    structlog.reset_defaults()


@pytest.fixture
def cli(project, run_in):
    """Runs a command in this process, in the test's own project."""
    return lambda *arguments, **options: run_in(project, *arguments, **options)


@pytest.fixture
def house(served_project, sandbox):
    """The test's project, worked on through the façade: quicker than by `run`."""
    return House(served_project, sandbox)


@pytest.fixture
def slow(project, tmp_path, request):
    """A sandbox whose calls take a while, used by the test's project; a parameter says how long, in seconds."""
    with served(tmp_path / "slow", latency_s=getattr(request, "param", 0.3)) as sandbox:
        project.set(sandbox__url=sandbox.url)
        yield sandbox


@pytest.fixture
def start(project):
    """Starts commands in the test's project; whatever still runs at the end of the test is ended."""
    started = []

    def start(*arguments):
        started.append(project.start(*arguments))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait()


@pytest.fixture
def offline(project, tmp_path):
    """Variables under which a process of the project can open no connection."""
    folder = tmp_path / "offline"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FORBID)
    variables = {"PYTHONPATH": str(folder)}
    probe = project.execute(
        sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))", **variables
    )
    assert "no connection may be opened" in probe.err
    (project.root / "connected").unlink()
    return variables
