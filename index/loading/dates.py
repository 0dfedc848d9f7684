"""Dates as articles write them, in ISO 8601."""

from __future__ import annotations

import datetime
import re
import warnings

import dateutil.parser

__all__ = ["date_of", "day_of", "iso_date", "whole_or_part"]

SLASHED_DATE = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[T ](.*))?")
# Day and month, or month and day? Nothing tells.
AMBIGUOUS_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b")
DEFAULTS = (datetime.datetime(2000, 1, 1), datetime.datetime(2001, 2, 2, 2))


def iso_date(value: object) -> str | None:
    """`value` in ISO 8601, as exact as it is; unchanged if it cannot be parsed; None for nothing.

    Parsed are dates and times of YAML, ISO 8601, 2019/01/14, e-mail dates, and English ones with a
    year.
    """
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    if text.isdecimal() and len(text) != len("20250304"):
        return text
    for parse in (_from_iso, _from_slashes, _from_english):
        if date := parse(text):
            return date
    return text


def day_of(iso: str | None) -> datetime.date | None:
    """The day of an ISO 8601 date or time; None for a year or a month only, and for other texts."""
    try:
        return datetime.date.fromisoformat((iso or "")[:10])
    except ValueError:
        return None


def whole_or_part(value: str) -> str | None:
    """A day, month or year as YYYY-MM-DD, YYYY-MM or YYYY; None for other texts."""
    date = (iso_date(value) or "")[:10]
    try:
        datetime.date.fromisoformat(date + "0000-01-01"[len(date) :])
    except ValueError:
        return None
    return date


def date_of(number: int) -> datetime.date | None:
    """The day of a number YYYYMMDD, or the first day of the month or year YYYYMM00 or YYYY0000."""
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    try:
        return datetime.date(year, max(1, month), max(1, day))
    except ValueError:
        return None


def _from_iso(text: str) -> str | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    has_time = len(text) > len("2025-03-04")
    return moment.isoformat() if has_time else moment.date().isoformat()


def _from_slashes(text: str) -> str | None:
    match = SLASHED_DATE.fullmatch(text)
    if not match:
        return None
    year, month, day, time = match.groups()
    date = f"{year}-{int(month):02}-{int(day):02}"
    return _from_iso(f"{date}T{time}" if time else date)


def _from_english(text: str) -> str | None:
    if len(text) > 60 or AMBIGUOUS_DATE.match(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            first, second = (dateutil.parser.parse(text, default=default) for default in DEFAULTS)
        except (ValueError, OverflowError):
            return None
    # A part that the text lacks comes from the default, and then the two differ.
    if first.date() != second.date():
        return None
    return first.isoformat() if first == second else first.date().isoformat()
