"""Fixtures of the review page: a project with images, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from asset_pipeline.ledger import Database
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.reviewed import Reviewed, fill, reviewed


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> FolderProject:
    """The project that each test has a copy of."""
    one = FolderProject.make(tmp_path_factory.mktemp("review") / "project")
    with reviewed(one) as it:
        fill(it)
    return one


@pytest.fixture
def filled(made: FolderProject, project: FolderProject) -> Iterator[Reviewed]:
    """A project whose images are made, but one."""
    shutil.copytree(made.root / "data", project.root / "data", dirs_exist_ok=True)
    opened = project.open()
    with Database(opened.paths.database) as database:
        yield Reviewed(opened, database)


@pytest.fixture
def client(filled: Reviewed) -> TestClient:
    """A client that is signed in as Ada."""
    return filled.client()
