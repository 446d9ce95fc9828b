"""How far the writing on a page leans, and where a word found on the straightened page stands on the page as it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[float, float, float, float]

_STEEPEST: Final = 20  # degrees either way
_LEAST: Final = 0.8  # degrees that a recogniser does not mind
_FINE: Final = 0.25
_SMALL: Final = 1000  # pixels of the longer side on which the lean is measured
_POINTS: Final = 60_000  # pixels of ink that are looked at
_CLEARLY: Final = 1.15  # how much sharper the lines must stand out than without turning


def skew(pixels: Image) -> float:
    """Return by how many degrees, counter-clockwise, the page must be turned so that its lines are level; 0 if none.

    The lines of a level page stand out in the counts of ink by row (the projection profile of Postl, 1986): the angle
    is taken at which the counts of neighbouring rows differ most.
    """
    import numpy as np

    small = pixels.copy()
    small.thumbnail((_SMALL, _SMALL))
    levels = np.asarray(small, dtype=np.int16)
    down, across = np.nonzero(levels < levels.mean() - 40)
    if len(down) < 200:
        return 0.0
    step = max(1, len(down) // _POINTS)
    down, across = down[::step].astype(np.float64), across[::step].astype(np.float64)
    level = _sharpness(down, across, 0.0)
    coarse = max(range(-_STEEPEST, _STEEPEST + 1), key=lambda angle: _sharpness(down, across, float(angle)))
    near = [coarse + _FINE * step for step in range(-4, 5)]
    best = max(near, key=lambda angle: _sharpness(down, across, angle))
    return best if abs(best) >= _LEAST and _sharpness(down, across, best) > _CLEARLY * level else 0.0


def _sharpness(down: Any, across: Any, angle: float) -> float:
    """How much the ink of neighbouring rows differs once the page is turned counter-clockwise by ``angle``."""
    import numpy as np

    turn = math.radians(angle)
    rows = np.rint(down * math.cos(turn) - across * math.sin(turn)).astype(np.int64)
    counts = np.bincount(rows - rows.min())
    return float((np.diff(counts).astype(np.float64) ** 2).sum())


def box_before(box: Box, angle: float, size: tuple[int, int], before: tuple[int, int]) -> Box:
    """Return where a box found on a turned page lay before.

    The page of ``before`` (width, height) was turned about its middle counter-clockwise by ``angle`` degrees, onto a
    larger one of ``size``. The box returned is the smallest upright one that holds the turned box.
    """
    turn = math.radians(angle)
    corners = []
    for x in (box[0], box[2]):
        for y in (box[1], box[3]):
            right, down = x - size[0] / 2, y - size[1] / 2
            corners.append(
                (
                    before[0] / 2 + right * math.cos(turn) - down * math.sin(turn),
                    before[1] / 2 + right * math.sin(turn) + down * math.cos(turn),
                )
            )
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    return left, min(y for _, y in corners), right, max(y for _, y in corners)
