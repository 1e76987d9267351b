from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from preflight import profile
from preflight.errors import UsageError
from preflight.profile_page import markdown
from preflight.verdict import Severity

BUILT_IN = profile.built_in()
CARRIERS = [
    f"{carrier}-{kind}"
    for carrier in ("att", "tmobile", "verizon")
    for kind in ("long-code", "toll-free", "short-code")
]


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(UsageError) as caught:
        profile.load(write(tmp_path / "mine.toml", text))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_promised_profiles_are_there_and_the_default_is_first() -> None:
    promised = {
        "sinch", "sinch-transcoding", "twilio", "bandwidth", "telnyx", "plivo", "vonage", "infobip",
        "signalwire", "aws-end-user-messaging", "oma-image-basic", "oma-image-rich",
        "oma-video-basic", "oma-video-rich", "oma-megapixel", *CARRIERS,
    }  # fmt: skip
    assert promised <= set(BUILT_IN)
    assert BUILT_IN[0] == "sinch"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_value_of_a_built_in_profile_has_a_source(name: str) -> None:
    loaded = profile.load(name)
    assert loaded.name == name and loaded.title and loaded.types
    assert [key for key, _, source in loaded.settings() if not source.strip()] == []


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_profile_says_how_its_gateway_asks(name: str) -> None:
    given = {key for key, _, _ in profile.load(name).settings()}
    asked = (
        "user_agent",
        "accept",
        "encodings",
        "redirects",
        "max_redirects",
        "strips_query",
        "timeout_s",
    )
    assert {f"fetch.{key}" for key in asked} <= given


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_profile_bounds_every_body_and_every_picture(name: str) -> None:
    loaded = profile.load(name)
    assert all(loaded.max_bytes(media_type) for media_type in (*loaded.types, None))
    assert loaded.limits.pixels


@pytest.mark.parametrize(
    ("name", "media_type", "octets"),
    [
        ("sinch", "image/gif", 1_000_000),
        ("sinch-transcoding", "image/jpeg", 3_000_000),
        ("sinch-transcoding", "image/gif", 1_024_000),
        ("sinch-transcoding", "video/mp4", 50_000_000),
        ("sinch-transcoding", "application/pdf", 2_048_000),
        ("twilio", "text/vcard", 5_000_000),
        ("bandwidth", "image/png", 3_500_000),
        ("bandwidth-toll-free", "image/png", 525_000),
        ("signalwire", "image/png", 1_200_000),
        ("signalwire-toll-free", "video/mp4", 750_000),
        ("aws-end-user-messaging", "image/png", 2_000_000),
        ("aws-end-user-messaging", "video/mp4", 600_000),
        ("att-long-code", "video/mp4", 1_000_000),
        ("att-short-code", "video/mp4", 600_000),
        ("tmobile-long-code", "video/mp4", 1_500_000),
        ("tmobile-short-code", "video/mp4", 1_000_000),
        ("verizon-toll-free", "video/mp4", 600_000),
        ("verizon-short-code", "video/mp4", 1_200_000),
        ("oma-image-basic", "image/jpeg", 30_000),
        ("oma-video-rich", "video/3gpp", 300_000),
        ("oma-megapixel", "image/jpeg", 600_000),
    ],
)
def test_published_sizes(name: str, media_type: str, octets: int) -> None:
    assert profile.load(name).max_bytes(media_type) == octets


@pytest.mark.parametrize(
    ("name", "rule", "severity"),
    [
        ("plivo", "missing-content-length", Severity.ERROR),
        ("plivo", "chunked-transfer-encoding", Severity.ERROR),
        ("twilio", "chunked-transfer-encoding", Severity.WARNING),
        ("oma-image-basic", "unaccepted-media-type", Severity.WARNING),
    ],
)
def test_what_a_gateway_does_not_document_only_warns(
    name: str, rule: str, severity: Severity
) -> None:
    assert profile.load(name).severities[rule] is severity


def test_sinch_leaves_framing_rules_at_their_own_severity() -> None:
    for name in ("sinch", "sinch-transcoding"):
        assert "chunked-transfer-encoding" not in profile.load(name).severities


def test_a_users_own_file_stands_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.toml", 'types = ["image/jpg"]\n[limits]\nimage_bytes = 5\n')
    loaded = profile.load(path)
    assert (loaded.name, loaded.limits.image_bytes) == ("mine", 5)
    assert loaded.types == frozenset({"image/jpeg"})
    assert loaded.sources == {}


def test_a_byte_order_mark_is_no_part_of_a_profile(tmp_path: Path) -> None:
    assert profile.load(write(tmp_path / "bom.toml", '\ufeffname = "b"\n')).name == "b"


def test_extends_keeps_what_is_not_said_again(tmp_path: Path) -> None:
    write(tmp_path / "base.toml", 'extends = "sinch"\n[limits]\nimage_bytes = 7\n')
    path = write(tmp_path / "top.toml", 'extends = "base.toml"\n[limits]\naudio_bytes = 8\n')
    loaded, sinch = profile.load(path), profile.load("sinch")
    assert (loaded.limits.image_bytes, loaded.limits.audio_bytes) == (7, 8)
    assert loaded.limits.video_bytes == sinch.limits.video_bytes
    assert loaded.sources["limits.video_bytes"] == sinch.sources["limits.video_bytes"]
    assert "limits.image_bytes" not in loaded.sources


def test_a_limit_can_be_taken_off_again(tmp_path: Path) -> None:
    path = write(tmp_path / "m.toml", 'extends = "sinch"\n[limits]\npixels = "none"\n')
    assert profile.load(path).limits.pixels is None


def test_a_file_named_like_a_built_in_may_extend_it(tmp_path: Path) -> None:
    path = write(tmp_path / "sinch.toml", 'extends = "sinch"\n[fetch]\ntimeout_s = 3\n')
    assert profile.load(path).fetch.timeout_s == 3


@pytest.mark.parametrize("spelling", ["mine.toml", "./mine.toml", "../{name}/mine.toml"])
def test_a_profile_cannot_extend_itself(tmp_path: Path, spelling: str) -> None:
    assert "extends itself" in refusal(
        tmp_path, f'extends = "{spelling.format(name=tmp_path.name)}"'
    )


def test_a_circle_of_profiles_is_found(tmp_path: Path) -> None:
    write(tmp_path / "other.toml", 'extends = "mine.toml"')
    assert "extends itself" in refusal(tmp_path, 'extends = "other.toml"')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limit]\nimage_bytes = 1", ["'limit'", "'limits'"]),
        ("[limits]\nimage_byte = 1", ["'limits.image_byte'", "'image_bytes'"]),
        ("[fetch]\ntime_out_s = 1", ["'fetch.time_out_s'", "'timeout_s'"]),
        (
            '[limits]\nimage_bytes = { valu = 1, source = "x" }',
            ["limits.image_bytes.valu", "'value'"],
        ),
        ('[limits]\nimage_bytes = { source = "x" }', ["limits.image_bytes", "no value"]),
        (
            "[limits]\nimage_bytes = { value = 1, source = 2 }",
            ["limits.image_bytes.source", "string"],
        ),
        ('[limits]\nimage_bytes = "1 MB"', ["limits.image_bytes", "whole number"]),
        ("[limits]\nimage_bytes = 1.5", ["limits.image_bytes", "whole number"]),
        ("[limits]\nimage_bytes = true", ["limits.image_bytes", "whole number"]),
        ("[limits]\nimage_bytes = -1", ["limits.image_bytes", "whole number"]),
        ("[limits]\naudio_codecs = 'aac'", ["limits.audio_codecs", "list of strings"]),
        ("[fetch]\ntimeout_s = nan", ["fetch.timeout_s", "a number"]),
        ("[fetch]\ntimeout_s = inf", ["fetch.timeout_s", "a number"]),
        ("[fetch]\naccept = 3", ["fetch.accept", "a string"]),
        ("[fetch]\ndeep = 'yes'", ["fetch.deep", "true or false"]),
        ("[fetch]\nredirects = 'follow'", ["fetch.redirects", "forbid or warn or allow"]),
        ("[fetch]\nencodings = ['gzp']", ["fetch.encodings", "identity or gzip", "'gzp'"]),
        ("[fetch]\nstrips_query = ['movies']", ["fetch.strips_query", "'movies'"]),
        ("[fetch]\ntimeout_s = 0", ["fetch.timeout_s must be more than 0"]),
        ("[fetch]\ntimeout_s = 0.0", ["fetch.timeout_s must be more than 0"]),
        (
            '[fetch]\nuser_agent = "a\\r\\nX-Y: z"',
            ["fetch.user_agent", "visible ASCII", r"'a\r\nX-Y: z'"],
        ),
        ('[fetch]\nuser_agent = "猫"', ["fetch.user_agent", "visible ASCII"]),
        ('[fetch]\naccept = "*/*\\u0000"', ["fetch.accept", "visible ASCII"]),
        ('[fetch]\naccept = { value = "\\n", source = "x" }', ["fetch.accept", "visible ASCII"]),
        ("[fetch]\nencodings = ['gzip']", ["fetch.encodings", '"identity"', "first"]),
        ("[fetch]\nencodings = []", ["fetch.encodings", '"identity"', "first"]),
        ("[message]\nsubject_ascii = 1", ["message.subject_ascii", "true or false"]),
        ("[gateway]\nfallback_sms_text = true", ["gateway.fallback_sms_text", "yes or no or warn"]),
        ("types = 'image/png'", ["types", "list of media types"]),
        ("types = ['Image/PNG']", ["types", "lower case"]),
        (
            "[severities]\nredirected = 'fatal'",
            ["severities.redirected", "error, warning, info or off"],
        ),
        ("limits = 3", ["limits must be a table"]),
        ("extends = ['a', 'b']", ["extends must name one profile"]),
        ("extends = 'sinsh'", ["'sinsh'", "'sinch'"]),
        ("extends = './nowhere.toml'", ["no profile file"]),
        ("name = 3", ["name must be a string"]),
        ("name = ", ["not TOML"]),
        ("[limits]\nimage_bytes = 1" + "0" * 5000, ["mine.toml", "a number of too many digits"]),
        ("[limits]\nimage_bytes = 0x" + "f" * 5000, ["limits.image_bytes", "a whole number"]),
        ("[limits]\nimage_bytes = 9223372036854775808", ["limits.image_bytes", "a whole number"]),
        ("[fetch]\ntimeout_s = 1" + "0" * 400, ["fetch.timeout_s", "a number"]),
        ("[fetch]\nuser_agent = [0x" + "f" * 5000 + "]", ["fetch.user_agent", "a string"]),
        ("name = 0x" + "f" * 5000, ["name must be a string"]),
        ("name = " + "[" * 5000, ["mine.toml", "nested too deep"]),
    ],
)
def test_a_wrong_profile_is_one_clear_sentence(tmp_path: Path, text: str, words: list[str]) -> None:
    said = refusal(tmp_path, text)
    assert [word for word in words if word not in said] == []


def test_what_can_be_sent_and_asked_is_taken(tmp_path: Path) -> None:
    text = """[fetch]
        user_agent = "Gateway/1.0\\t(x; ~)"
        accept = "image/*, */*;q=0.1"
        encodings = ["gzip", "identity"]
        timeout_s = 0.001
    """
    fetch = profile.load(write(tmp_path / "m.toml", text)).fetch
    assert (fetch.user_agent, fetch.accept) == ("Gateway/1.0\t(x; ~)", "image/*, */*;q=0.1")
    assert (fetch.encodings, fetch.timeout_s) == (("gzip", "identity"), 0.001)


def test_a_file_that_is_not_text_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        profile.load(str(path))
    with pytest.raises(UsageError, match="no profile file"):
        profile.load(str(tmp_path / "absent.toml"))
    with pytest.raises(UsageError, match="did you mean 'twilio'"):
        profile.load("twillio")


def test_off_switches_a_rule_off(tmp_path: Path) -> None:
    path = write(tmp_path / "off.toml", "[severities]\nredirected = 'off'\n")
    assert profile.load(path).severities == {"redirected": None}


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_page_shows_every_value_with_its_source(name: str) -> None:
    loaded = profile.load(name)
    page = markdown(loaded)
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert page.startswith(f"## {name}\n") and page.endswith("|\n")
    assert len(rows) == len(list(loaded.settings()))
    assert all(line.count(" | ") == 3 and "not given" not in line for line in rows)


def test_the_page_gives_units_and_keeps_its_table_whole(tmp_path: Path) -> None:
    text = """
        title = "Mine"
        types = { value = ["image/png"], source = "a | b <script>" }
        [limits]
        image_bytes = 1234567
        pixels = { value = "none", source = "x" }
        [message]
        subject_ascii = true
    """
    page = markdown(profile.load(write(tmp_path / "mine.toml", text)))
    assert page.startswith("## mine\n\nMine.\n\n| setting |")
    assert "| `types` | accepted types | image/png | a \\| b &lt;script> |" in page
    assert "| `limits.image_bytes` | largest image | 1,234,567 bytes | not given |" in page
    assert "| `limits.pixels` | most pixels of an image | no limit | x |" in page
    assert (
        "| `message.subject_ascii` | whether a subject must be printable ASCII | yes | not given |"
        in page
    )


def test_the_page_says_what_every_setting_is() -> None:
    every = {
        f"{section}.{item.name}"
        for section in ("limits", "fetch", "message", "gateway")
        for item in fields(getattr(profile.Profile(name="x"), section))
    }
    sources = dict.fromkeys([*every, "severities.timeout"], "here")
    full = profile.Profile(name="x", sources=sources, severities={"timeout": None})
    page = markdown(full)
    assert all(f"| `{key}` | " in page for key in every)
    assert "| `severities.timeout` | severity of the rule timeout | off | here |" in page
