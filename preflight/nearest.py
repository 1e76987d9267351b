"""The known word that a wrong one was probably meant to be."""

from __future__ import annotations


def nearest(word: str, known: list[str]) -> str:
    """A hint for the end of a sentence: ``"; did you mean 'sinch'?"``, or nothing."""
    import difflib  # only for the one who has mistyped

    begun = [one for one in known if len(word) > 2 and one.startswith(word)]
    close = begun or difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
