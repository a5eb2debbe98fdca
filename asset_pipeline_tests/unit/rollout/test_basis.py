"""What an approval is bound to: every part has its own hash, and what people want of single images is no part of it."""

from decimal import Decimal

import pytest

from asset_pipeline.folders import Folder
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.rollout.basis import BasisBook
from asset_pipeline.settings import Settings
from asset_pipeline.settings.prompts import PromptSettings
from asset_pipeline.specs.wanted import OwnPrompt
from asset_pipeline_tests.support.wanted import wanted

IMAGES = (wanted(), wanted(slug="anchor"))
LIMITS = {"total": Decimal(25)}


def basis(images=IMAGES, sample=("test.icons.lantern",), limits=LIMITS, *, prompts=None, prices=None, own=None):
    """Return a basis, with something changed."""
    terms = Terms(prompts or PromptSettings(), {}, "sandbox")
    return BasisBook(PromptRenderer(own), terms, PriceTable(prices or {})).basis(images, list(sample), limits)


BEFORE = basis()


def test_it_is_the_same_for_the_same_whatever_the_order():
    assert basis(IMAGES[::-1]).sha256 == BEFORE.sha256 == basis().sha256
    assert BEFORE.changes_since(BEFORE.parts) == ""


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param(lambda: basis(sample=("test.icons.anchor",)), "the sample changed", id="sample"),
        pytest.param(lambda: basis((*IMAGES, wanted(slug="new"))), "what the spec wants changed; the prompts changed;"
                     " the image models changed", id="an image more"),
        pytest.param(lambda: basis((IMAGES[0], wanted(slug="anchor", width=128))), "what the spec wants changed",
                     id="a size"),
        pytest.param(lambda: basis(prompts=PromptSettings(judge="maker/other")),
                     "who writes and judges prompts changed", id="judge"),
        pytest.param(lambda: basis(limits={"total": Decimal(30)}),
                     "the limit of 'total' has changed from $25.00 to $30.00", id="limit"),
        pytest.param(lambda: basis(limits=LIMITS | {"collection:test": Decimal(2)}),
                     "the limit of 'collection:test' has changed from none to $2.00", id="a new limit"),
    ],
)  # fmt: skip
def test_what_has_changed_is_said(after, said):
    changed = after()
    assert changed.sha256 != BEFORE.sha256
    assert said in changed.changes_since(BEFORE.parts)


def test_a_price_that_changes_is_seen_and_one_of_another_model_is_not():
    (entry,) = Settings(prices={"maker/model": 0.05}).prices.values()
    assert basis(prices={IMAGES[0].model: entry}).changes_since(BEFORE.parts) == "the prices changed"
    assert basis(prices={"maker/other": entry}).changes_since(BEFORE.parts) == ""


def test_a_template_that_changes_is_seen(tmp_path):
    (tmp_path / "icons.md").write_text("---\ntitle: Icons\n---\nA {{ title }} in ink.\n")
    assert basis(own=Folder(tmp_path)).changes_since(BEFORE.parts) == "the prompts changed"


def test_what_people_want_of_single_images_is_no_part_of_it():
    changed = IMAGES[0].model_copy(update={"take": 3, "note": "bolder", "own_prompt": OwnPrompt(text="mine")})
    assert basis((changed, IMAGES[1])).sha256 == BEFORE.sha256


def test_equal_amounts_are_equal_however_they_are_written():
    assert basis(limits={"total": Decimal("25.000000000")}).changes_since(BEFORE.parts) == ""
