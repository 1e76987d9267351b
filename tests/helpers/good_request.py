"""A request that nothing can be said against, and a key."""

from __future__ import annotations

from preflight.gateway.request import Secret, SendRequest

GOOD = SendRequest(
    mms_id="35674", to="15553199144", from_="28444", service_id="12345", fallback_sms_text="See it"
)
KEY = Secret("qTFkykO9JTfahCOqJ0V2Wf5Cg1t8iWlZ")
