"""The one door through which somebody else's word about a place becomes a Fix."""

import math
from typing import Any

from shared.readings import Fix

HALF_THE_EARTH_M = 2.1e7


def believable(latitude: Any, longitude: Any, accuracy_m: Any, source: str, t: int) -> Fix | None:
    """None for what is no place on earth: other types, NaN, out of range, no accuracy."""
    limits = ((latitude, -90, 90), (longitude, -180, 180), (accuracy_m, 0, HALF_THE_EARTH_M))
    if not all(_within(*one) for one in limits):
        return None
    return Fix(float(latitude), float(longitude), float(accuracy_m), source, t)


def _within(value: Any, least: float, most: float) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and least <= value <= most
