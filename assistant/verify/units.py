"""The words and signs of scales, currencies and units of measurement, as data."""

from __future__ import annotations

from typing import NamedTuple

from index.text.terms import stem

__all__ = [
    "CURRENCY_SIGNS",
    "CURRENCY_WORDS",
    "MEASURE_UNITS",
    "SCALE_SIZES",
    "UNIT_SIGNS",
    "YEAR_S",
    "Measure",
]

SCALE_SIZES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "dozen": 12, "decade": 10, "century": 100, "centurie": 100,
    "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
CURRENCY_SIGNS = frozenset({"$", "£", "€", "¥", "c$", "a$", "nz$", "hk$"})
# The sign of a unit by its last word: "percentage points", "degrees Celsius".
UNIT_SIGNS = {
    **{sign: sign for sign in CURRENCY_SIGNS},
    "us$": "$",
    "%": "%", "percent": "%", "cent": "%", "point": "%", "points": "%",
    "fahrenheit": "F", "f": "F", "celsius": "C", "c": "C",
    "dollar": "$", "dollars": "$", "pound": "£", "pounds": "£", "euro": "€", "euros": "€",
    "yen": "¥",
}  # fmt: skip
# Currencies that are always written in words, as stems.
CURRENCY_WORDS = frozenset(
    map(
        stem,
        """baht crown dinar dirham forint franc hryvnia koruna krona krone kroner kronor lira naira
        peso rand renminbi ringgit riyal rouble ruble rupee rupiah shekel shilling yuan
        zloty""".split(),
    )
)
YEAR_S = 31_557_600
# The size of each unit in the first one of its dimension.
UNIT_SIZES: dict[str, dict[str, float]] = {
    "length": {
        "metre meter m": 1, "kilometre kilometer km": 1000, "centimetre centimeter cm": 0.01,
        "millimetre millimeter mm": 0.001, "nanometre nanometer nm": 1e-9, "mile": 1609.34,
        "foot feet ft": 0.3048, "inch inches": 0.0254, "yard": 0.9144,
    },
    "mass": {
        "kilogram kilo kg": 1, "gram g": 0.001, "tonne ton": 1000, "pound lb": 0.4536,
        "ounce": 0.02835,
    },
    "time": {
        "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800,
        "month": YEAR_S / 12, "year": YEAR_S,
    },
    "speed": {"km/h kph": 1, "mph": 1.609},
    "area": {"hectare ha": 1, "acre": 0.4047},
    "volume": {"litre liter l": 1, "gallon": 3.785, "barrel": 159},
    "power": {"watt": 1, "kilowatt kw": 1000, "megawatt mw": 1e6, "gigawatt gw": 1e9},
}  # fmt: skip


class Measure(NamedTuple):
    """A unit of measurement: its dimension, and its size in the first unit of that."""

    dimension: str
    size: float


# By the stem of the unit's name.
MEASURE_UNITS = {
    stem(word): Measure(dimension, size)
    for dimension, sizes in UNIT_SIZES.items()
    for names, size in sizes.items()
    for word in names.split()
}
