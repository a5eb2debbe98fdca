"""Pictures whose subject is not in the middle, and where it is: plain, in landscapes, in noise, dark, in line."""

import math
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

SQUARE, WIDE, TALL = (1024, 1024), (1600, 900), (768, 1408)
PAPER, NIGHT = (250, 246, 235), (24, 26, 34)


def _plain(colour, size=SQUARE):
    return Image.new("RGB", size, colour)


def _gradient(top, bottom, size=SQUARE):
    return Image.composite(_plain(bottom, size), _plain(top, size), Image.linear_gradient("L").resize(size))


def _noise(seed, amplitude, base, grain=1):
    dice = np.random.default_rng(seed)
    values = dice.normal(0, amplitude, (SQUARE[1] // grain, SQUARE[0] // grain, 1)) + np.array(base)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)).resize(SQUARE, Image.Resampling.BICUBIC)


def _landscape(sky, land, horizon, size=SQUARE):
    picture = _gradient(*sky, size)
    hills = [(x, horizon * size[1] + 20 * math.sin(x / 90) + 9 * math.sin(x / 31)) for x in range(0, size[0] + 32, 32)]
    ImageDraw.Draw(picture).polygon([(0, size[1]), *hills, (size[0], size[1])], fill=land)
    return picture


def _vignette(dark, bright):
    return Image.composite(_plain(dark), _plain(bright), Image.radial_gradient("L").resize(SQUARE))


def _disc(colour):
    return lambda draw, box: draw.ellipse(box, fill=colour)


def _house(draw, box):
    left, top, right, bottom = box
    middle = (top + bottom) // 2
    draw.rectangle((left, middle, right, bottom), fill=(150, 60, 40))
    draw.polygon([(left, middle), ((left + right) // 2, top), (right, middle)], fill=(70, 40, 30))


def _tree(draw, box):
    left, top, right, bottom = box
    middle = (left + right) // 2
    draw.rectangle((middle - 12, top + 100, middle + 12, bottom), fill=(80, 50, 30))
    draw.ellipse((left, top, right, top + 200), fill=(40, 120, 60))


def _boat(draw, box):
    left, top, right, bottom = box
    draw.polygon([(left, bottom - 60), (right, bottom - 60), (right - 60, bottom), (left + 60, bottom)], (120, 30, 30))
    middle = (left + right) // 2
    draw.polygon([(middle, top), (middle, bottom - 70), (right - 20, bottom - 70)], fill=(250, 250, 245))


def _lines(colour, width):
    def draw_lines(draw, box):
        left, top, right, bottom = box
        draw.ellipse(box, outline=colour, width=width)
        draw.ellipse((left + 60, top + 60, right - 60, bottom - 60), outline=colour, width=width)
        draw.line((left + 30, bottom - 30, right - 30, top + 30), fill=colour, width=width)
        draw.line((left + 30, top + 30, right - 30, bottom - 30), fill=colour, width=width)

    return draw_lines


def _face(draw, box):
    left, top, right, _ = box
    part = (right - left) / 100
    draw.ellipse(box, fill=(235, 190, 160))
    for eye in (25, 63):
        draw.ellipse((left + eye * part, top + 40 * part, left + (eye + 12) * part, top + 50 * part), fill=(30, 30, 40))
    draw.arc((left + 30 * part, top + 50 * part, left + 70 * part, top + 80 * part), 20, 160, (150, 40, 50), 8)


_DAY = ((130, 180, 230), (230, 240, 250))
_GREY = ((90, 110, 120), (60, 70, 80))
# What it is: its ground, what is drawn, where, and the size for which it has to be cropped.
_CASES = {
    "disc low on paper": (lambda: _plain(PAPER), _disc((180, 50, 40)), (120, 720, 360, 960), (1500, 400)),
    "disc high on paper": (lambda: _plain(PAPER), _disc((40, 70, 140)), (620, 60, 820, 260), (1920, 400)),
    "sun": (
        lambda: _gradient((20, 40, 110), (250, 170, 110)),
        _disc((255, 240, 190)),
        (650, 90, 830, 270),
        (1500, 400),
    ),
    "house": (lambda: _landscape(_DAY, (90, 140, 70), 0.75), _house, (200, 640, 400, 860), (1500, 400)),
    "tree": (lambda: _landscape(_DAY, (170, 150, 90), 0.7, WIDE), _tree, (1200, 350, 1450, 700), (1500, 400)),
    "tree to a square": (lambda: _landscape(_DAY, (170, 150, 90), 0.7, WIDE), _tree, (1320, 350, 1570, 700), (64, 64)),
    "boat": (lambda: _landscape(_DAY, (40, 90, 130), 0.7), _boat, (560, 640, 820, 850), (1500, 400)),
    "disc in noise": (lambda: _noise(1, 40, (120,) * 3), _disc((220, 120, 40)), (640, 690, 880, 930), (1500, 400)),
    "disc in clouds": (lambda: _noise(2, 25, (120,) * 3, 16), _disc((40, 90, 200)), (100, 80, 340, 320), (1500, 400)),
    "line art": (lambda: _noise(3, 4, (240, 235, 220)), _lines((50, 40, 40), 8), (150, 90, 400, 340), (1500, 400)),
    "dark on dark": (lambda: _noise(4, 3, NIGHT), _disc((62, 66, 90)), (600, 680, 840, 920), (1500, 400)),
    "face": (lambda: _gradient(*_GREY), _face, (380, 60, 620, 300), (1500, 400)),
    "face to a square": (lambda: _gradient(*_GREY, (1536, 640)), _face, (80, 150, 380, 450), (512, 512)),
    "vignette": (
        lambda: _vignette((30, 25, 20), (200, 180, 150)),
        _lines((90, 20, 20), 12),
        (180, 650, 420, 890),
        (1500, 400),
    ),
    "foot of a tall page": (
        lambda: _gradient((230, 225, 240), (200, 210, 230), TALL),
        _disc((70, 50, 110)),
        (200, 1190, 370, 1360),
        (1500, 400),
    ),
}
NAMES = tuple(_CASES)


@cache
def subject(name):
    """Return a picture, the box of its subject, and the size that is wanted of it."""
    ground, drawn, box, wanted = _CASES[name]
    picture = ground()
    drawn(ImageDraw.Draw(picture), box)
    return picture, box, wanted


def share_inside(box, kept):
    """Return how much of a box lies in what is kept: the intersection of both over the box."""
    left, top, right, bottom = (*map(max, box[:2], kept[:2]), *map(min, box[2:], kept[2:]))
    return max(0, right - left) * max(0, bottom - top) / ((box[2] - box[0]) * (box[3] - box[1]))
