"""A catalog with images of three types, and a client of the pages of its prompts."""

import pytest

from asset_pipeline.ledger import Database
from asset_pipeline.paths import Paths
from asset_pipeline.review.editors import PromptEditors
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.pages import client_of, render
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.review.editors.forms import EVIL


@pytest.fixture
def paths(tmp_path):
    return Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")


@pytest.fixture
def database(paths):
    """The catalog: images of three types."""
    with Database(new_ledger(paths.database)) as one:
        images = (
            wanted(),
            wanted(slug="hub", title="Hub", type="covers", width=1500, height=400),
            wanted(slug="evil", title=EVIL),
            wanted(slug="paper", type="textures", width=512, height=512),
        )
        Catalog(one).sync([Collection("test", "Test", "t.yaml", "0", images)])
        yield one


@pytest.fixture
def client(database, paths):
    return client_of(PromptEditors(database, paths, mode="sandbox", render=render).routes())
