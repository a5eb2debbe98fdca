"""Pictures that the sandbox does not draw: like photographs, line art, weaves, noise, and painted transparency."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

TEAL, SKY, WHITE, BLACK = (0x4A, 0x7C, 0x74), (0x90, 0xCD, 0xF4), (255, 255, 255), (20, 20, 20)
SIDE = 1024


def encoded(picture, kind="PNG", **options):
    """Return the file of a picture."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def painted(values):
    """Return the picture of an array."""
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def between(shares, first, second):
    """Return two colours mixed by shares, 0 to 1, as an array."""
    return np.array(first) * (1 - shares[..., None]) + np.array(second) * shares[..., None]


def clouds(size=(SIDE, SIDE), *, roughness=1.2, tiles=True, seed=1):
    """Return shares whose spectrum falls as that of photographs does; not tiling, they are a part of larger ones."""
    width, height = size
    across, down = (width, height) if tiles else (2 * width, 2 * height)
    waves = np.hypot(np.fft.fftfreq(down)[:, None] * down, np.fft.rfftfreq(across)[None] * across)
    waves[0, 0] = 1
    spectrum = np.fft.rfft2(np.random.default_rng(seed).standard_normal((down, across))) / waves**roughness
    spectrum[0, 0] = 0
    shares = np.fft.irfft2(spectrum, s=(down, across))[:height, :width]
    return (shares - shares.min()) / (shares.max() - shares.min())


def photograph(size=(1440, 640), *, grain=0.0):
    """Return what looks like a photograph of clouds, with film grain."""
    values = between(clouds(size), (30, 50, 60), SKY)
    return painted(values + np.random.default_rng(2).normal(0, grain, values.shape))


def noise(size=(SIDE, SIDE), *, grain=1):
    """Return coloured noise, in grains of so many pixels."""
    values = np.random.default_rng(3).integers(0, 256, (size[1] // grain, size[0] // grain, 3))
    return painted(values).resize(size, Image.Resampling.BICUBIC)


def line_art(width, *, ink=BLACK, ground=WHITE):
    """Return a sign drawn in lines so many pixels wide."""
    picture = Image.new("RGB", (SIDE, SIDE), ground)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((200, 200, 824, 824), outline=ink, width=width)
    pen.line((512, 200, 512, 824), fill=ink, width=width)
    pen.line((300, 512, 724, 512), fill=ink, width=width)
    return picture


def cut_out(ink):
    """Return the same sign in one colour, on nothing."""
    picture = Image.new("RGBA", (SIDE, SIDE), (*ink, 0))
    picture.putalpha(line_art(60, ink=WHITE, ground=(0, 0, 0)).convert("L"))
    return picture


def checkerboard(side, light, dark, *, subject=TEAL):
    """Return a disc on a painted checkerboard of two greys."""
    rows, columns = np.arange(SIDE)[:, None] // side, np.arange(SIDE)[None] // side
    picture = painted(between((rows + columns) % 2 * 1.0, (light,) * 3, (dark,) * 3))
    ImageDraw.Draw(picture).ellipse((250, 250, 774, 774), fill=subject)
    return picture


def bricks():
    """Return a wall that tiles, whose mortar lies at the edges."""
    picture = Image.new("RGB", (SIDE, SIDE), TEAL)
    pen = ImageDraw.Draw(picture)
    for row in range(8):
        pen.rectangle((0, row * 128, SIDE, row * 128 + 7), fill=(220, 230, 230))
        for column in range(4):
            left = column * 256 + row % 2 * 128
            pen.rectangle((left, row * 128, left + 7, row * 128 + 127), fill=(220, 230, 230))
    return picture


def plaid():
    """Return stripes across stripes that tile."""
    stripes = (np.sin(2 * np.pi * np.arange(SIDE) * 8 / SIDE) > 0) / 2
    return painted(between(stripes[:, None] + stripes[None], TEAL, SKY))
