"""Colours: differences as the paper publishes them, L*a*b* and contrast as the standards say."""

import numpy as np
import pytest

from asset_pipeline.images.checks.colour import contrast, delta_e_2000, lightness, luminance, parse_hex, to_lab

# G. Sharma, W. Wu, E. N. Dalal, Color Research and Application 30 (2005) 21-30, table 1: two colours and their ΔE2000.
SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
PAIRS = np.array([line.split() for line in SHARMA.split("\n") if line], dtype=float)


def test_the_difference_of_each_published_pair_is_the_published_one_in_either_order():
    assert len(PAIRS) == 34
    first, second, published = PAIRS[:, :3], PAIRS[:, 3:6], PAIRS[:, 6]
    assert np.abs(delta_e_2000(first, second) - published).max() < 5e-5
    # Exactly opposite hues have two means; the paper gives the same difference for both orders all the same.
    assert np.abs(delta_e_2000(second, first) - published).max() < 5e-5


def test_a_colour_does_not_differ_from_itself():
    colours = np.random.default_rng(1).uniform((0, -100, -100), (100, 100, 100), (500, 3))
    assert delta_e_2000(colours, colours).max() == 0


def test_the_single_precision_that_pictures_are_measured_in_is_precise_enough():
    first, second = PAIRS[:, :3].astype(np.float32), PAIRS[:, 3:6].astype(np.float32)
    assert np.abs(delta_e_2000(first, second) - PAIRS[:, 6]).max() < 0.05


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((119, 119, 119), (50.03, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_srgb_becomes_lab_under_d65(rgb, lab):
    assert to_lab(np.array(rgb, dtype=np.uint8)) == pytest.approx(lab, abs=0.02)
    assert lightness(np.array(rgb, dtype=np.uint8)) == pytest.approx(lab[0], abs=0.02)


@pytest.mark.parametrize(("code", "ratio"), [("#000000", 21), ("#767676", 4.54), ("#FFFFFF", 1), ("#0000FF", 8.59)])
def test_the_contrast_with_white_is_that_of_wcag(code, ratio):
    light = [float(luminance(np.array(parse_hex(one), dtype=np.uint8))) for one in (code, "#ffffff")]
    assert contrast(*light) == pytest.approx(ratio, abs=0.01)
    assert contrast(*reversed(light)) == contrast(*light)
