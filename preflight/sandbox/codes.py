"""The documented codes that the sandbox gateway answers with, and the recipients that provoke the others.

Codes and meanings: the vendor's XML appendix of 2021 and the older code list for E503 and E713. ``{slide}`` counts from 1.
"""

from __future__ import annotations

INFO = {
    "E100": "Invalid request: make a valid POST",
    "E104": "Authentication failed, invalid api-key",
    "E105": "No API access for this user",
    "E106": "Calls follow each other too quickly",
    "E107": "Invalid action, or not allowed for this user",
    "E108": "The request cannot be parsed",
    "E110": "Invalid 'to' / receiver number",
    "E111": "Invalid 'from' / shortcode",
    "E112": "IP is not allow-listed",
    "E113": "Exceeded the allowed throughput for this action",
    "E114": "Phone number is blacklisted",
    "E223": "More than one object in slide {slide}",
    "E224": "Audio, video or image together with an object in slide {slide}",
    "E225": "Too many slides",
    "E226": "Audio and video together in slide {slide}",
    "E227": "Video and image together in slide {slide}",
    "E229": "Content not allowed in slide {slide}",
    "E230": "Invalid duration in slide {slide}",
    "E241": "Invalid mms-id / MMS does not exist",
    "E311": "Invalid name / name is required",
    "E312": "No slides",
    "E313": "Slide {slide} is empty",
    "E314": "Invalid message-subject / message-subject is required",
    "E331": "Image in slide {slide} is too big",
    "E332": "Audio in slide {slide} is too big",
    "E333": "Video in slide {slide} is too big",
    "E334": "Text in slide {slide} is too long",
    "E335": "vCard in slide {slide} is too big",
    "E336": "iCal in slide {slide} is too big",
    "E337": "PDF in slide {slide} is too big",
    "E338": "Passbook file in slide {slide} is too big",
    "E341": "Image file in slide {slide} is corrupted",
    "E351": "Could not copy image in slide {slide}",
    "E352": "Could not copy audio in slide {slide}",
    "E353": "Could not copy video in slide {slide}",
    "E355": "Could not copy vCard in slide {slide}",
    "E356": "Could not copy iCal in slide {slide}",
    "E357": "Could not copy PDF in slide {slide}",
    "E358": "Could not copy Passbook file in slide {slide}",
    "E503": "Internal error",
    "E618": "Carrier lookup failed, please retry",
    "E619": "Carrier not provisioned",
    "E620": "mms-id is required",
    "E622": "fallback-sms-text is required",
    "E626": "MMS not available: encoding in progress, try again later",
    "E627": "Invalid service-id / service-id is required",
    "E628": "Mobile operator / carrier not supported",
    "E629": "Unrecognized content type in slide {slide}",
    "E650": "Invalid operator-id",
    "E713": "Billing problem on the account",
}

# Slide elements that carry a URL: the code for a failed copy and for too many bytes.
COPY_FAILED = {
    "image": "E351", "audio": "E352", "video": "E353", "vcard": "E355", "ical": "E356", "pdf": "E357", "passbook": "E358",
}  # fmt: skip
TOO_BIG = {
    "image": "E331", "audio": "E332", "video": "E333", "vcard": "E335", "ical": "E336", "pdf": "E337", "passbook": "E338",
}  # fmt: skip

# Recipients that are answered with a code of their own, whatever the message. All others work.
REFUSED_RECIPIENTS = {
    f"15550000{code[1:]}": code
    for code in ("E106", "E112", "E113", "E114", "E503", "E618", "E619", "E628", "E713")
}

# Recipients whose message is taken, and what the last postback says then.
POSTBACK_RECIPIENTS = {
    "15550000101": ("E101", "Message Failed"),
    "15550000102": ("E102", "Message Sent/Rejected"),
    "15550000202": ("N202", "Message Sent/Delivered"),
}
