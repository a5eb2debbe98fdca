"""The garbage collector has its own rhythm during a run only."""

import gc

import pytest

from asset_pipeline.collector import brief_collections


def fail_within():
    """Fail within a run."""
    with brief_collections():
        raise KeyError(gc.get_threshold(), gc.get_freeze_count())


def test_what_was_there_before_is_left_alone_until_the_end_even_where_that_is_an_error():
    before = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(KeyError) as within:
        fail_within()
    thresholds, frozen = within.value.args
    assert thresholds != before[0]
    assert frozen > before[1]
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
