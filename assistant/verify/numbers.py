"""Numbers in figures and in words, with their units: "$1.2bn", "two thirds of", "71-year-old"."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import regex

from .located import Located
from .units import CURRENCY_SIGNS, SCALE_SIZES, UNIT_SIGNS

__all__ = [
    "CARDINAL",
    "Number",
    "Rounding",
    "is_time_of_day",
    "read_clock_times",
    "read_numbers",
    "read_rounding",
    "share_scales",
    "spelled_out_value",
]

ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = """second third fourth fifth sixth seventh eighth ninth tenth eleventh
    twelfth""".split()
WORD_VALUES = {
    **{word: value for value, word in enumerate(ONES)},
    **{word: value for value, word in zip(range(20, 100, 10), TENS, strict=True)},
    **{word: value for value, word in enumerate(ORDINALS, start=2)},
    "a": 1,
    "an": 1,
}
# Parts of a whole by their last word: "three quarters" is "quarters".
SHARES = {"half": 0.5, "quarter": 0.25, "quarters": 0.75, "third": 1 / 3, "thirds": 2 / 3}

CARDINAL = "|".join((*ONES, *TENS))
SCALE = "|".join(word for word in SCALE_SIZES if len(word) > 2)
NUMBER_FORM = regex.compile(
    rf"""
    (?P<unit>(?:US|C|A|NZ|HK)?\$|[£€¥])?\s?
    (?:
        # 1,400 or 1400 or 2.4, also as an ordinal: 21st
        (?P<digits>(?<![\p{{L}}\d.,])(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)
        (?P<ordinal>st|nd|rd|th)?
        # "half of", "a quarter.", "three quarters of a million"; not "the first half of"
      | (?<!\b(?:first|second|other|latter)[-\s])
        \b(?P<part>half|an?\squarter|three[-\s]quarters|(?:an?|one)\sthird|two[-\s]thirds)
        (?=\s+(?:of|a\s(?:million|billion|dozen))\b|\s+the\b|[.,;])
      | (?P<words>
            # "twenty-one", "three hundred and five"
            \b(?:{CARDINAL})(?:[-\s](?:{CARDINAL}|hundred|thousand|and(?=\s(?:{CARDINAL})\b)))*\b
            # "a million"
          | \ban?(?=\s(?:{SCALE})\b)
          | \b(?P<ordinal>{"|".join(ORDINALS)})\b
        )
    )
    # "bn" and the like stand after figures only
    (?:[\s-]?(?:a\s)?(?P<scale>(?:{SCALE})s?|(?<=\d\s?)(?:k|mn?|bn|tn))\b)?(?!\p{{L}}|\d)
    (?:[\s-]?(?P<unit>
        %|per\s?cent\b|percentage\spoints?\b|(?:degrees?\s)?(?:Fahrenheit|Celsius)\b|°\s?[FC]\b
      | (?:US\s)?dollars?\b|pounds?\b(?!\sof)|euros?\b|yen\b
    ))?
    (?P<age>[-\s]years?[-\s]olds?\b)?
    """,
    regex.I | regex.X,
)
# "16:30", and "4.15" where "p.m." follows.
CLOCK_TIME = regex.compile(
    r"(?<![\d.,:$£€])([01]?\d|2[0-4])(?::([0-5]\d)|[.]([0-5]\d)(?=\s?[ap]\.?m))(?![\d:])"
)
HOUR_AFTER = regex.compile(r"\s*(?:[ap]\.?m\b|o['’]clock|past\b)", regex.I)
# Words before a number that is rounded.
ROUNDED = regex.compile(
    r"""\b(?:
        (?P<either>about|around|roughly|some|approximately|an[ ]estimated)
      | (?P<down>more[ ]than|over|above|at[ ]least|upwards[ ]of)
      | (?P<up>nearly|almost|under|below|less[ ]than|fewer[ ]than|at[ ]most|up[ ]to|close[ ]to
            |just[ ]short[ ]of)
    )\W*(?:an?\W+)?$""",
    regex.I | regex.X,
)
# "One" alone is a pronoun.
PRONOUNS = {("one", None, None), ("One", None, None), ("ONE", None, None)}
# The words between the ends of a range.
RANGE = regex.compile(r"\s*(?:and|to|or|[-–])\s*")
SHARED_UNITS = CURRENCY_SIGNS | {"%"}


@dataclass(frozen=True)
class Number(Located):
    """A quantity: its value, and its unit.

    The unit is %, a currency sign, F or C for degrees, `th` for ordinals, `age` for years of life,
    `min` for a time of day (minutes of half a day), or empty.
    """

    value: float
    unit: str


class Rounding(StrEnum):
    """The direction in which a number is rounded."""

    EITHER = "either"
    DOWN = "down"
    UP = "up"


def read_numbers(text: str) -> list[Number]:
    """The numbers of a text in order, those of dates and times of day included."""
    return [
        Number(*match.span(), _value(match.groupdict("")), _unit(match.groupdict("")))
        for match in NUMBER_FORM.finditer(text)
        if match.group("words", "scale", "unit") not in PRONOUNS
    ]


def read_clock_times(text: str) -> Iterator[Number]:
    """The times of day in a text, in minutes of half a day: 4:15 and 16:15 are one."""
    for match in CLOCK_TIME.finditer(text):
        minutes = int(match[1]) % 12 * 60 + int(match[2] or match[3])
        yield Number(*match.span(), minutes, "min")


def share_scales(text: str, numbers: Sequence[Number]) -> list[Number]:
    """The numbers, with the scale and unit that only the end of a range has: "77 to 75 million"."""
    shared = list(numbers)
    for place, (first, last) in enumerate(itertools.pairwise(numbers)):
        if not first.unit and RANGE.fullmatch(text[first.end : last.start]):
            scales = (scale for scale in (10**9, 10**6, 10**3) if last.value >= scale > first.value)
            unit = last.unit if last.unit in SHARED_UNITS else ""
            shared[place] = replace(first, value=first.value * next(scales, 1), unit=unit)
    return shared


def read_rounding(text: str, number: Number) -> Rounding | None:
    """How the words before a number of the text say it is rounded; None for an exact one."""
    before = text[max(0, number.start - 25) : number.start].rstrip("$£€¥ ") + " "
    rounded = ROUNDED.search(before)
    return Rounding(str(rounded.lastgroup)) if rounded else None


def is_time_of_day(text: str, number: Number) -> bool:
    """Whether a number of the text is an hour: "16:30", "4 p.m."."""
    return number.unit == "min" or HOUR_AFTER.match(text, number.end) is not None


def spelled_out_value(words: str) -> int:
    """The value of a number in words: 305 for "three hundred and five"."""
    thousands = value = 0
    for word in regex.split(r"[-\s]+", words.casefold()):
        if word == "hundred":
            value = max(value, 1) * 100
        elif word == "thousand":
            thousands += max(value, 1) * 1000
            value = 0
        else:
            value += WORD_VALUES.get(word, 0)
    return thousands + value


def _value(groups: dict[str, str]) -> float:
    """The value of a match of NUMBER_FORM; of a part of a whole without a scale, in per cent."""
    scale = SCALE_SIZES.get(groups["scale"].casefold().rstrip("s"), 1)
    if groups["digits"]:
        value = float(groups["digits"].replace(",", "")) * scale
    elif groups["part"]:
        last_word = regex.split(r"[-\s]", groups["part"].casefold())[-1]
        value = SHARES[last_word] * (scale if groups["scale"] else 100)
    else:
        value = float(spelled_out_value(groups["words"]) * scale)
    return round(value, 6)


def _unit(groups: dict[str, str]) -> str:
    """The unit of a match of NUMBER_FORM, as `Number.unit` has it."""
    if groups["ordinal"]:
        return "th"
    if groups["age"]:
        return "age"
    if groups["part"] and not groups["scale"]:
        return "%"
    words = groups["unit"].casefold().split()
    return UNIT_SIGNS[words[-1].lstrip("°")] if words else ""
