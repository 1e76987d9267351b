"""Telephone numbers as the gateway takes them: digits, with the country code, without a prefix (E.164)."""

from __future__ import annotations

import re

# ITU-T E.164 list of assigned country codes of two and three digits, as first and last of a run.
_RUNS = (
    (20, 20), (27, 27), (30, 34), (36, 36), (39, 41), (43, 49), (51, 58), (60, 66), (81, 82), (84, 84), (86, 86),
    (90, 95), (98, 98),
    (211, 213), (216, 216), (218, 218), (220, 258), (260, 269), (290, 291), (297, 299), (350, 359), (370, 383),
    (385, 387), (389, 389), (420, 421), (423, 423), (500, 509), (590, 599), (670, 670), (672, 683), (685, 692),
    (800, 800), (808, 808), (850, 850), (852, 853), (855, 856), (870, 870), (878, 878), (880, 883), (886, 886),
    (888, 888), (960, 968), (970, 977), (979, 979), (992, 996), (998, 998),
)  # fmt: skip
_CODES = frozenset(str(code) for first, last in _RUNS for code in range(first, last + 1))
_NORTH_AMERICAN = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")

SERVED = ("1", "61")
"""Calling codes of the countries that the vendor names: US, Canada and Puerto Rico; Australia."""


def calling_code(number: str) -> str | None:
    """The calling code that a number of digits begins with; None where no country has such a one.

    All of North America counts as one country (code 1), and so do Russia and Kazakhstan (7).
    """
    if number[:1] in ("1", "7"):
        return number[0]
    return next((number[:length] for length in (2, 3) if number[:length] in _CODES), None)


def fault(number: str) -> str | None:
    """Why a text is no international number in the gateway's form, as one clause; None where it is one."""
    if not number:
        return "is empty"
    if "," in number or ";" in number:
        return "must be one number: one recipient a call"
    if number.startswith("+"):
        return "must not begin with +: write the country code and the number, digits only"
    if not re.fullmatch(r"[0-9]+", number):
        return "must be digits only, without spaces or punctuation"
    if number.startswith("0"):
        return "must begin with the country code, without 0, 00 or 001 before it"
    if not 7 <= len(number) <= 15:
        return f"has {len(number)} digits; an international number has 7 to 15"
    if number.startswith("1") and len(number) != 11:
        return f"begins with 1 and has {len(number)} digits; a North American number has 11 with its country code"
    return None


def doubt(number: str) -> str | None:
    """What makes a number that has the right form look wrong all the same, as one clause."""
    if _NORTH_AMERICAN.fullmatch(number):
        return "has 10 digits and looks like a North American number without its country code 1"
    if calling_code(number) is None:
        return "begins with no country's calling code"
    return None


def is_short_code(number: str) -> bool:
    """Whether a sender is a short code: 5 or 6 digits. A short code belongs to no calling code."""
    return re.fullmatch(r"[1-9][0-9]{4,5}", number) is not None
