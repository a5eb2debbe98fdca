"""What a reduction is measured against: another way to make it, in float64, and the similarity of two pictures."""

import numpy as np

_K1, _K2, _WINDOW = 0.01, 0.03, 7


def reference_reduction(pixels, size):
    """Return sRGB pixels at a size: Lanczos' filter with three lobes, over every pixel, in linear light."""
    values = pixels.astype(np.float64) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    across, down = _lanczos(pixels.shape[1], size[0]), _lanczos(pixels.shape[0], size[1])
    small = np.clip(np.einsum("yj,jic,xi->yxc", down, light, across, optimize=True), 0, 1)
    return 255 * np.where(small <= 0.0031308, small * 12.92, 1.055 * small ** (1 / 2.4) - 0.055)


def _lanczos(long, short):
    step = long / short
    offsets = (np.arange(long) + 0.5 - (np.arange(short)[:, None] + 0.5) * step) / step
    weights = np.where(np.abs(offsets) < 3, np.sinc(offsets) * np.sinc(offsets / 3), 0)
    return weights / weights.sum(axis=1, keepdims=True)


def ssim(first, second):
    """Return the mean structural similarity of two pictures of bytes, by windows of 7x7 (Wang et al., IEEE TIP 2004).

    The same to nine digits as `structural_similarity` of scikit-image 0.26 with `channel_axis=2, data_range=255`.
    """
    x, y = first.astype(np.float64), second.astype(np.float64)
    count = _WINDOW**2
    x_mean, y_mean = _means(x), _means(y)
    unbiased = count / (count - 1)
    x_var, y_var = (unbiased * (_means(v * v) - mean**2) for v, mean in ((x, x_mean), (y, y_mean)))
    together = unbiased * (_means(x * y) - x_mean * y_mean)
    c1, c2 = (_K1 * 255) ** 2, (_K2 * 255) ** 2
    likeness = (2 * x_mean * y_mean + c1) * (2 * together + c2)
    return float((likeness / ((x_mean**2 + y_mean**2 + c1) * (x_var + y_var + c2))).mean())


def _means(values):
    windows = np.lib.stride_tricks.sliding_window_view(values, (_WINDOW, _WINDOW), axis=(0, 1))
    return windows.mean(axis=(-2, -1))
