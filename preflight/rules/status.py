"""What a server answered instead of the file: its status, and what each asks for. A part of the family reach."""

from __future__ import annotations

from ..observation import Exchange, Head
from ..text import printable
from ..verdict import Severity
from .evidence import judged_for_form, transient
from .rule import Objection, rule
from .servers import bot_shield, challenger

_STATUS_WORDS = {
    204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 410: "Gone", 425: "Too Early", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip
_LOG = "look for the cause in the error log of the server, correct it, and check again"
_STATUS_FIXES = {
    206: "answer with the whole file and 200; a part of it (206) was not asked for",
    401: "serve the media without a login; the gateway sends no credentials",
    403: "let everybody read the file: make the stored object public, and switch off hotlink protection and firewall rules that want a browser's header fields",
    404: "upload the file, or correct the URL, in which capital and small letters differ",
    410: "upload the file again, or correct the URL",
    429: "raise the host's rate limit for the media path; a campaign asks for the same file many times",
    500: _LOG,
    502: _LOG,
    503: _LOG,
    504: _LOG,
}
_REDIRECT_FIX = (
    "use the URL of the file itself, or correct the redirect so that it names one Location"
)
_CHALLENGE_FIXES = {
    "Cloudflare": "in Cloudflare, add a custom rule with the action Skip for the media path (Security, Security rules); Bot Fight Mode, which no rule can skip, must be switched off",
    "AWS WAF": "in the web ACL of AWS WAF, put a rule with the action Allow for the media path before the rules with the actions CAPTCHA and Challenge",
}


@rule(Severity.ERROR)
def unexpected_status(exchange: Exchange) -> Objection | None:
    """The server did not answer with the file: the final status is not 200 (OK).

    Why: the gateway takes the media from an answer with status 200 only.

    Fix: make the URL answer 200 to everybody, without a login, cookies or a browser's header fields.
    """
    head = exchange.head
    if head is None or head.status in (None, 200) or (head.malformed and judged_for_form(head)):
        return None
    status = head.status or 0
    words = printable(head.reason, 40) or _STATUS_WORDS.get(status, "")
    message, fix = f"the answer is {status} {words}".rstrip(), _STATUS_FIXES.get(status)
    if challenge := challenger(head):
        message = f"{challenge} takes the request for a robot's and answers {status}"
        fix = _CHALLENGE_FIXES.get(challenge)
    elif status in (403, 429, 503) and (shield := bot_shield(head)):
        message += f"; {shield}, which stands before the server, may take the request for a robot's"
        fix = f"look for this request in the log of {shield}; if it was stopped there, exempt the media path from its bot rules, else correct what the server answers"
    elif 300 <= status <= 399 and status != 304:
        message, fix = f"{message} {_location_trouble(head)}", _REDIRECT_FIX
    return Objection(message, unknown=transient(status), fix=fix)


def _location_trouble(head: Head) -> str:
    count = len(set(head.values("location")))
    if count > 1:
        return "with Locations that differ"
    return "which is no redirect that can be followed" if count else "without a Location to follow"
