"""Dates as articles write them, in one form."""

from __future__ import annotations

import datetime
import re
import warnings

import dateutil.parser

__all__ = ["date_of", "day_of", "iso_date", "whole_or_part"]

NUMBERS = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[T ](.*))?")
# Day and month, or month and day? Nothing in it tells.
AMBIGUOUS = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b")
LONGEST = 60
DEFAULTS = (datetime.datetime(2000, 1, 1), datetime.datetime(2001, 2, 2, 2))


def iso_date(value: object) -> str | None:
    """`value` in ISO 8601, as exact as it was; as it stands where it cannot be read as a date; None for nothing.

    Read are dates and times of YAML, ISO 8601, 2019/01/14, e-mail dates, and English ones with a year.
    """
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = str(value).strip() if value is not None else ""
    if not text:
        return None
    if text.isdecimal() and len(text) != len("20250304"):
        return text
    return _iso(text) or _iso(_with_dashes(text)) or _written_out(text) or text


def day_of(iso: str | None) -> datetime.date | None:
    """The day of an ISO 8601 date or time; None for less than a day, or none."""
    try:
        return datetime.date.fromisoformat((iso or "")[:10])
    except ValueError:
        return None


def whole_or_part(value: str) -> str | None:
    """The day, month or year that `value` says, as YYYY-MM-DD, YYYY-MM or YYYY; None where it says none."""
    read = (iso_date(value) or "")[:10]
    try:
        datetime.date.fromisoformat(read + "0000-01-01"[len(read) :])
    except ValueError:
        return None
    return read


def date_of(number: int) -> datetime.date | None:
    """The day that is written as the number YYYYMMDD, the first of its month or year where that is all it says."""
    try:
        return datetime.date(number // 10_000, number // 100 % 100 or 1, number % 100 or 1)
    except ValueError:
        return None


def _iso(text: str) -> str | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.date().isoformat() if _has_no_time(text) else moment.isoformat()


def _has_no_time(text: str) -> bool:
    return len(text) <= 10


def _with_dashes(text: str) -> str:
    match = NUMBERS.fullmatch(text)
    if not match:
        return text
    year, month, day, time = match.groups()
    return f"{year}-{int(month):02}-{int(day):02}" + (f"T{time}" if time else "")


def _written_out(text: str) -> str | None:
    if len(text) > LONGEST or AMBIGUOUS.match(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            moments = [dateutil.parser.parse(text, default=default) for default in DEFAULTS]
        except (ValueError, OverflowError):
            return None
    # A part that the text does not have comes from the default, and then the two differ.
    if moments[0].date() != moments[1].date():
        return None
    return (moments[0] if moments[0] == moments[1] else moments[0].date()).isoformat()
