"""One path of the sandbox's hosting, and what a careful check must say about it."""

from __future__ import annotations

from dataclasses import dataclass

from ...verdict import Outcome
from ..answers import Respond


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A path (with its query, where the fault needs one), a title, and the answer.

    ``outcome``, ``errors`` and ``remarks`` (warnings and information) are what the default check, one identity and one gzip request under
    the sinch profile with 127.0.0.0/8 let in, reports. ``kind`` is the slide element that the file goes into (``text``: none
    takes a text by its URL); ``gateway`` the code that the sandbox gateway answers with when it comes after the check, empty for
    Success. ``note`` says why the two differ, where they do.
    """

    path: str
    title: str
    respond: Respond
    outcome: Outcome = Outcome.ACCEPT
    errors: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    kind: str = "image"
    gateway: str = ""
    note: str = ""


def good(
    path: str,
    title: str,
    respond: Respond,
    *remarks: str,
    kind: str = "image",
    gateway: str = "",
    note: str = "",
) -> Case:
    """A case that is accepted, perhaps with remarks."""
    return Case(
        path=path,
        title=title,
        respond=respond,
        remarks=remarks,
        kind=kind,
        gateway=gateway,
        note=note,
    )


def bad(
    path: str, title: str, respond: Respond, *errors: str,
    gateway: str, remarks: tuple[str, ...] = (), kind: str = "image", note: str = "",
) -> Case:  # fmt: skip
    """A case that is rejected; ``gateway`` is the documented code, for example E351 (the image could not be copied)."""
    return Case(
        path=path, title=title, respond=respond, outcome=Outcome.REJECT, errors=errors,
        remarks=remarks, kind=kind, gateway=gateway, note=note,
    )  # fmt: skip


def unclear(
    path: str, title: str, respond: Respond, *errors: str, gateway: str = "E351", note: str = ""
) -> Case:
    """A case that may go away by itself: the outcome is unknown."""
    return Case(
        path=path, title=title, respond=respond, outcome=Outcome.UNKNOWN, errors=errors, gateway=gateway, note=note
    )  # fmt: skip
