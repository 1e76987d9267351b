"""The two tables of codes as literal rows: a code or a range, its class, its meaning, the rules that foretell it."""

from __future__ import annotations

from typing import TypeAlias

Row: TypeAlias = tuple[str, str, str, str]

_REACH = (
    "invalid-url private-address unresolvable-host unreachable-host timeout untrusted-certificate unexpected-status "
    "too-many-redirects redirected expiring-url"
)
_FETCH = (
    f"{_REACH} chunked-transfer-encoding missing-content-length malformed-response truncated-content empty-content "
    "unstable-hosting web-page-content"
)
_STRIPPED = f"{_FETCH} query-dependent-media"
_SIZE = "content-too-large oversized-for-carriers message-too-large"
_TYPE = (
    "unresolved-octet-stream missing-content-type malformed-content-type generic-content-type media-type-mismatch "
    "unaccepted-media-type misleading-extension web-page-content"
)
_IMAGE = "unreadable-image truncated-media corrupt-media"
_AUDIO = "unreadable-audio unaccepted-audio-codec truncated-media corrupt-media"
_VIDEO = "unreadable-video unaccepted-video-codec truncated-media corrupt-media"
_MIX = "conflicting-slide-media repeated-media-type"
_OTHER = "As the answer to a send it is unexpected."

API_ROWS: tuple[Row, ...] = (
    ("E100", "definite", "The request is invalid; a valid POST is required.", ""),
    ("E101", "definite", "The action, or in older generations the user, is missing or invalid.", ""),
    ("E102", "definite", "A required credential of an older generation (user or password) is missing or invalid.", ""),
    ("E103", "stop-run", "API access is blocked for this account (JSON); invalid password (Skycore).", ""),
    ("E104", "stop-run", "Authentication failed.", ""),
    ("E105", "stop-run", "The api-key is invalid, or the account has no API access.", ""),
    ("E106", "retry-later", "Calls came too fast: a number of seconds must lie between them.", ""),
    ("E107", "definite", "The action is invalid, or this user may not use it.", ""),
    ("E108", "definite", "The XML or JSON of the request could not be parsed.", ""),
    ("E109", "stop-run", "The API is not activated for this account (Skycore).", ""),
    ("E110", "definite", "The recipient's number (to) is invalid.", ""),
    ("E111", "definite", "The sender (from) is invalid or not allowed for this account.", ""),
    ("E112", "stop-run", "The request came from an IP address that is not on the account's list.", ""),
    ("E113", "retry-later", "The account's throughput for this action is exceeded; the call was rejected.", ""),
    ("E114", "definite", "The recipient's number is blacklisted; do not try it again.", ""),
    ("E115", "definite", "The sender mask is longer than 50 characters (Australia).", ""),
    ("E120", "retry-later", "The account has reached its limit of API requests.", ""),
    ("E150-E154", "ambiguous", f"Skycore: a fault in creating a user. {_OTHER}", ""),
    ("E170-E173", "ambiguous", f"Skycore: a fault in creating a campaign. {_OTHER}", ""),
    ("E201", "definite", "The recipient's number is required.", ""),
    ("E212", "definite", "page-number is invalid.", ""),
    ("E213", "definite", "items-per-page is invalid.", ""),
    ("E214", "definite", "start-date is invalid.", ""),
    ("E223", "definite", "A slide holds more than one object.", _MIX),
    ("E224", "definite", "A slide holds audio, video or an image together with an object.", _MIX),
    ("E225", "definite", "The message has too many slides; 8 are allowed.", "too-many-slides"),
    ("E226", "definite", "A slide holds both audio and video.", _MIX),
    ("E227", "definite", "A slide holds both video and an image.", _MIX),
    ("E228", "definite", "A text is longer than allowed.", "text-too-long"),
    ("E229", "fix-hosting", "The content is not allowed.", _TYPE),
    ("E230", "definite", "The duration of a slide is invalid.", "audio-too-long video-too-long"),
    ("E241", "definite", "The mms-id is invalid or does not exist.", ""),
    ("E301", "definite", "The template's name is missing or invalid (older number of E311).", ""),
    ("E302", "definite", "The message has no slides (older number of E312).", "too-many-slides"),
    ("E303", "definite", "A slide is empty (older number of E313).", "empty-slide"),
    ("E304", "definite", "The subject is missing or invalid (older number of E314).",
     "missing-subject subject-too-long non-ascii-subject"),
    ("E311", "definite", "The template's name is missing or invalid.", ""),
    ("E312", "definite", "The message has no slides.", "too-many-slides"),
    ("E313", "definite", "A slide is empty.", "empty-slide"),
    ("E314", "definite", "message-subject is missing or invalid.", "missing-subject subject-too-long non-ascii-subject"),
    ("E331", "fix-hosting", "The image of a slide is too big.", _SIZE),
    ("E332", "fix-hosting", "The audio of a slide is too big.", _SIZE),
    ("E333", "fix-hosting", "The video of a slide is too big.", _SIZE),
    ("E334", "definite", "The text of a slide is too long.", "text-too-long"),
    ("E335", "fix-hosting", "The vCard of a slide is too big.", _SIZE),
    ("E336", "fix-hosting", "The iCal object of a slide is too big.", _SIZE),
    ("E337", "fix-hosting", "The PDF of a slide is too big.", _SIZE),
    ("E338", "fix-hosting", "The Passbook object of a slide is too big.", _SIZE),
    ("E341", "fix-hosting", "The image file of a slide is corrupted.", _IMAGE),
    ("E343", "fix-hosting", "The video lacks a codec (Skycore).", "unaccepted-video-codec unaccepted-audio-codec"),
    ("E351", "fix-hosting", "The image of a slide could not be copied: the gateway's fetch failed.", _FETCH),
    ("E352", "fix-hosting", "The audio of a slide could not be copied: the gateway's fetch failed.", _STRIPPED),
    ("E353", "fix-hosting", "The video of a slide could not be copied: the gateway's fetch failed.", _STRIPPED),
    ("E355", "fix-hosting", "The vCard of a slide could not be copied: the gateway's fetch failed.", _FETCH),
    ("E356", "fix-hosting", "The iCal object of a slide could not be copied: the gateway's fetch failed.", _FETCH),
    ("E357", "fix-hosting", "The PDF of a slide could not be copied: the gateway's fetch failed.", _FETCH),
    ("E358", "fix-hosting", "The Passbook object of a slide could not be copied: the gateway's fetch failed.", _FETCH),
    ("E400-E406", "ambiguous", f"Skycore: a fault of an e-mail or campaign call. {_OTHER}", ""),
    ("E503", "ambiguous", "Internal error of the gateway.", ""),
    ("E506-E510", "ambiguous", f"Skycore: dates or limits of a statistics call. {_OTHER}", ""),
    ("E618", "retry-later", "The look-up of the recipient's carrier failed; the vendor asks to retry.", ""),
    ("E619", "definite", "The recipient's carrier is not provisioned.", ""),
    ("E620", "definite", "mms-id is required.", ""),
    ("E621", "definite", "to is required (Skycore).", ""),
    ("E622", "definite", "fallback-sms-text is required.", ""),
    ("E623", "definite", "to holds more than 100 numbers (Skycore).", ""),
    ("E624", "definite", "The campaign to send to is required (Skycore).", ""),
    ("E625", "definite", "The mms-id is invalid (Skycore).", ""),
    ("E626", "retry-later", "The MMS is not available yet: its encoding is in progress. Wait for the postback N003.", ""),
    ("E627", "definite", "service-id is missing or invalid.", ""),
    ("E628", "definite", "The recipient's operator is not supported.", ""),
    ("E629", "fix-hosting", "The content type is not recognised.", _TYPE),
    ("E630-E633", "ambiguous", f"Skycore: a fault of a barcode call. {_OTHER}", ""),
    ("E640-E643", "ambiguous", f"Skycore: a fault of an inbox call. {_OTHER}", ""),
    ("E650", "definite", "operator-id is missing or invalid.", ""),
    ("E651", "definite", "operator-id is not known to the gateway.", ""),
    ("E712", "definite", "A text is required (Skycore).", ""),
    ("E713", "stop-run", "There is a billing problem on the account.", ""),
    ("E714", "definite", "The campaign is missing or invalid (Skycore).", ""),
    ("E715", "definite", "The number is not subscribed to the campaign (Skycore).", ""),
    ("E801-E950", "ambiguous", f"Skycore: a field of a Passbook or subscription call. {_OTHER}", ""),
    ("E951-E998", "ambiguous", f"Skycore: a field of an iBeacon call. {_OTHER}", ""),
    ("E999", "ambiguous",
     "Skycore: ibeaconuuid10 is required. As the answer to a send it is unexpected, and its postback twin is a fault "
     "of the sending queue.", ""),
)  # fmt: skip

POSTBACK_ROWS: tuple[Row, ...] = (
    ("N003", "informational", "The template is saved and encoded, and ready to be sent.", ""),
    ("N013", "informational", "The message is encoded, and its sending has begun (sendMMS).", ""),
    ("N101", "informational", "The message is sent, or its processing has begun.", ""),
    ("N102", "informational", "The message is delivered, or its status has changed; not every carrier reports.", ""),
    ("N103", "informational", "The message has expired.", ""),
    ("N201", "informational", "The SMS is sent (Skycore).", ""),
    ("N202", "informational", "The message was delivered as a fallback SMS.", ""),
    ("N211", "informational", "Skycore: a report on an SMS.", ""),
    ("N301-N304", "informational", "Skycore: a report of another service.", ""),
    ("N401", "informational", "An inbound MMS.", ""),
    ("N501", "informational", "A Device Discovery Message was sent (withdrawn in May 2021).", ""),
    ("N502", "informational", "A Device Discovery Message was updated (withdrawn in May 2021).", ""),
    ("N801-N803", "informational", "Skycore: a report of another service.", ""),
    ("N811", "informational", "Skycore: a report of another service.", ""),
    ("E002", "fix-hosting", "The encoding of the audio failed at saveMMS; the mms-id is not to be used.", _AUDIO),
    ("E003", "fix-hosting", "The encoding of the video failed at saveMMS; the mms-id is not to be used.", _VIDEO),
    ("E004", "fix-hosting", "The encoding of the image failed at saveMMS; the mms-id is not to be used.", _IMAGE),
    ("E011", "fix-hosting", "The validation of the content failed (in 2015: the encoding of a video for mobiles).", _TYPE),
    ("E012", "fix-hosting", "The encoding of the audio failed at sendMMS; the message was not sent.", _AUDIO),
    ("E013", "fix-hosting", "The encoding of the video failed at sendMMS; the message was not sent.", _VIDEO),
    ("E100", "definite", "The request is invalid (XML).", ""),
    ("E101", "definite", "The message cannot be sent, for example because dynamic content could not be fetched.", _STRIPPED),
    ("E102", "definite", "The delivery failed: expired, rejected, failed or not supported by the handset.",
     f"{_SIZE} progressive-jpeg cmyk-image unaccepted-media-type"),
    ("E201", "definite", "The SMS could not be sent (Skycore).", ""),
    ("E202", "definite", "The delivery of the MMS as an SMS failed.", ""),
    ("E501", "definite", "A Device Discovery Message could not be sent (withdrawn in May 2021).", ""),
    ("E502", "definite", "A Device Discovery Message could not be delivered (withdrawn in May 2021).", ""),
    ("E999", "ambiguous", "A fault of the gateway's sending queue after the message was taken.", ""),
)  # fmt: skip
