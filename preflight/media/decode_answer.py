"""What became of a file that a decoder was given: a code and a text, and the bounds that are ours."""

from __future__ import annotations

FINE, ERRORS, SECOND_ERRORS, MEMORY, MISSING, UNKNOWN, TOO_LARGE, FAULT = range(8)
"""What became of a file: nothing wrong; errors; errors that only the second decoder found; out of memory; PyAV is not installed;
no decoder for this form of it; over our own bounds; the library was called in a way that it does not know."""
MAX_PIXELS = 25_000_000
"""Pixels of one picture that are decoded; more of RGBA would not fit into the memory of a file."""
MAX_FRAMES = 10_000

Answer = tuple[int, str]
"""A reply's code and its text."""


def said(error: Exception) -> str:
    """What an error of the library says, without file names and numbers."""
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
