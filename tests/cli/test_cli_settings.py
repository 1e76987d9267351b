"""Settings by file, environment and option; ignores, overrides; the schema of the file."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from helpers.command import LOCAL, Result, Stage, preflight, together

from preflight.cli import settings_schema

OFFLINE = "https://cdn.example.com/a.jpg"
TABLES = """
[[ignore]]
url = "https://cdn.example.com/**"
rules = ["redirected"]
reason = "ticket 1"
expires = 2099-01-01

[[override]]
url = "https://cdn.example.com/**"
severity = { redirected = "error" }
"""


def settings(done: Result) -> dict[str, tuple[str, str]]:
    """What --show-settings printed: name to (value, origin)."""
    assert done.code == 0, done
    lines = [line.split() for line in done.out.splitlines()]
    return {line[0]: (" ".join(line[1:-1]), line[-1]) for line in lines}


def test_each_layer_covers_the_one_below(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "preflight.toml").write_text(
        'jobs = 1\nretries = 1\nprofile = "twilio"\nignore = ["redirected"]\n'
        '[[override]]\nurl = "**"\nprofile = "sinch"\n'
    )
    (tmp_path / "deep" / "below").mkdir(parents=True)
    env = {
        "PREFLIGHT_RETRIES": "7",
        "PREFLIGHT_PROFILE": "sinch",
        "PREFLIGHT_QUICK": "1",
        "PREFLIGHT_CAFILE": "",
    }
    done = preflight(
        "check", "--show-settings", "--profile", "vonage", cwd=tmp_path / "deep" / "below", env=env
    )
    shown = settings(done)
    file = str(tmp_path / "preflight.toml")
    assert shown["jobs"] == ("1", file)
    assert shown["ignore"] == ("redirected", file)
    assert shown["[[override]]"] == ("1", file)
    assert shown["retries"] == ("7", "PREFLIGHT_RETRIES")
    assert shown["quick"] == ("True", "PREFLIGHT_QUICK")
    assert shown["profile"] == ("vonage", "--profile")
    assert shown["cafile"] == ("", "default")


def test_the_nearest_file_wins_and_the_search_ends_at_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "preflight.toml").write_text("jobs = 1\n")
    (tmp_path / "outer" / ".git").mkdir()
    (tmp_path / "outer" / "pyproject.toml").write_text("[tool.preflight]\njobs = 2\n")
    (inner / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert settings(preflight("check", "--show-settings", cwd=inner))["jobs"][0] == "2"
    (tmp_path / "outer" / "pyproject.toml").write_text("tool = 3\n")
    assert settings(preflight("check", "--show-settings", cwd=inner))["jobs"] == ("64", "default")
    named = preflight("check", "--show-settings", "--config", "../../preflight.toml", cwd=inner)
    assert settings(named)["jobs"][0] == "1"


def test_an_option_undoes_a_file(tmp_path: Path) -> None:
    (tmp_path / "preflight.toml").write_text("deep = true\n")
    shown = settings(preflight("check", "--show-settings", "--quick", cwd=tmp_path))
    assert (shown["quick"][0], shown["deep"][0]) == ("True", "False")
    shown = settings(preflight("check", "--show-settings", "--no-deep", cwd=tmp_path))
    assert shown["deep"] == ("False", "--deep")


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "strict.toml").write_text('extends = "sinch"\n')
    (tmp_path / "preflight.toml").write_text('profile = "./strict.toml"\n')
    done = preflight("check", OFFLINE, "--offline", "-f", "json", cwd=tmp_path / "below")
    assert done.json()["profile"] == "strict"


def test_the_profile_of_an_override_is_relative_to_the_file_as_well(tmp_path: Path) -> None:
    (tmp_path / "below" / "deeper").mkdir(parents=True)
    (tmp_path / "below" / "own.toml").write_text('extends = "sinch"\n')
    (tmp_path / "below" / "sinch.toml").write_text('name = "mine"\n')
    table = '[[override]]\nurl = "**/{}"\nprofile = "{}"\n'
    named = [("a.jpg", "own.toml"), ("b.jpg", "./sinch.toml"), ("c.jpg", "twilio"), ("d.jpg", f"{tmp_path}/below/own.toml")]  # fmt: skip
    text = "".join(table.format(*one) for one in named)
    (tmp_path / "below" / "preflight.toml").write_text(text)
    urls = [f"https://cdn.example.com/{name}" for name, _ in named]
    runs = {
        "nearest": (tmp_path / "below" / "deeper", ()),
        "named": (tmp_path, ("--config", "below/preflight.toml")),
        "here": (tmp_path / "below", ("--config", "preflight.toml")),
    }
    for folder, more in runs.values():
        done = preflight("check", *urls, "--offline", "-f", "json", *more, cwd=folder)
        assert done.err == ""
        assert [one["profile"] for one in done.json()["verdicts"]] == ["own", "mine", "twilio", "own"]  # fmt: skip


def test_a_path_in_a_file_that_is_named_without_a_folder_stays_a_path(tmp_path: Path) -> None:
    """Else the profile in the file sinch would be the built-in one."""
    (tmp_path / "sinch").write_text('name = "mine"\n')
    (tmp_path / "own.toml").write_text('profile = "./sinch"\n')
    done = preflight("check", OFFLINE, "--offline", "-f", "json", "--config", "own.toml", cwd=tmp_path)  # fmt: skip
    assert done.json()["profile"] == "mine"


def test_an_object_store_in_a_file_is_no_path(tmp_path: Path) -> None:
    (tmp_path / "preflight.toml").write_text('run = "s3://bucket/run"\n')
    shown = settings(preflight("check", "--show-settings", cwd=tmp_path))
    assert shown["run"] == ("s3://bucket/run", str(tmp_path / "preflight.toml"))


@pytest.mark.parametrize("digits", [400, 5_000])
def test_a_number_beyond_every_number_is_refused(tmp_path: Path, digits: int) -> None:
    (tmp_path / "preflight.toml").write_text(f"timeout = 1{digits * '0'}\n")
    done = preflight("check", "--show-settings", cwd=tmp_path)
    assert done.code == 2 and "preflight.toml" in done.err and "fault of our own" not in done.err


def test_secrets_of_the_environment_are_not_shown(tmp_path: Path) -> None:
    env = {
        "PREFLIGHT_HEADER": "X-Pass: c4n4ry one\nX-Other: two",
        "PREFLIGHT_PROXY": "http://u:c4n4ry@127.0.0.1:9",
    }
    done = preflight("check", "--show-settings", cwd=tmp_path, env=env)
    assert "c4n4ry" not in done.all
    assert settings(done)["header"] == ("***", "PREFLIGHT_HEADER")


# preflight.toml, what the sentence must say
WRONG = (
    ("prfile = 'sinch'", "unknown key 'prfile'; did you mean 'profile'?"),
    ("api-key = 'c4n4ry'", "'api-key' must not stand in a file"),
    ("header = ['Authorization: Bearer c4n4ry']", "header carries a credential"),
    ("header = ['X-Api-Key: c4n4ry']", "header carries a credential"),
    ("header = 'X-A: c4n4ry'", "header must be a list of strings"),
    ("proxy = 'http://user:c4n4ry@127.0.0.1:9'", "proxy carries a credential"),
    ("jobs = '4'", "jobs must be a whole number, not '4'"),
    ("jobs = true", "jobs must be a whole number"),
    ("quick = 1", "quick must be true or false"),
    ("timeout = nan", "timeout must be a number"),
    ("timeout = inf", "timeout must be a number"),
    ("fail-on = 'info'", "fail-on must be error or warning"),
    ("quick = true\ndeep = true", "exclude each other"),
    ("select = ['chunked']", "there is no rule 'chunked'; did you mean 'chunked-transfer-encoding'?"),
    ("baseline = 'none.jsonl'", "cannot read the baseline"),
    ("profile =", "is not TOML"),
    ("[[ignore]]\nurl = '**'\nrules = ['redirected']\nexpires = 2099-01-01", "reason is missing"),
    ("[[ignore]]\nurl = '**'\nrules = ['redirected']\nreason = ' '\nexpires = 2099-01-01", "the reason must say something"),
    ("[[ignore]]\nurl = '**'\nrules = ['redirected']\nreason = 'x'\nexpires = '2099-01-01'", "expires must be a date"),
    ("[[ignore]]\nurl = '**'\nrules = ['redirect']\nreason = 'x'\nexpires = 2099-01-01", "did you mean 'redirected'?"),
    ("[[ignore]]\nurl = '**'\nrule = ['redirected']", "unknown key 'rule'; did you mean 'rules'?"),
    ("ignores = 5", "unknown key 'ignores'; did you mean 'ignore'?"),
    ("[[ignores]]\nurl = '**'\nrules = ['redirected']\nreason = 'x'\nexpires = 2099-01-01", "unknown key 'ignores'; did you mean 'ignore'?"),
    ("override = 3", "override must be written as [[override]] tables"),
    ("[[override]]\nurl = '**'", "must give a profile, or severities"),
    ("[[override]]\nurl = '**'\nprofile = 'sinhc'", "did you mean 'sinch'?"),
    ("[[override]]\nprofile = 'sinch'", "url is missing"),
    ("[[override]]\nurl = '**'\nseverity = { redirected = 'fatal' }", "must be error, warning, info or off, not 'fatal'"),
    ("[[override]]\nurl = '**'\nseverities = { redirected = 'off' }", "did you mean 'severity'?"),
)  # fmt: skip


def test_what_is_wrong_in_a_file_is_named(tmp_path: Path) -> None:
    runs = []
    for number, (text, _) in enumerate(WRONG):
        (tmp_path / f"{number}.toml").write_text(text)
        runs.append(("check", OFFLINE, "--offline", "--config", f"{number}.toml"))
    for (text, said), done in zip(WRONG, together(runs, tmp_path), strict=True):
        assert done.code == 2 and said in done.err, (text, done)
        assert done.err.count("\n") == 1 and "c4n4ry" not in done.err


def test_an_override_judges_by_another_profile_and_severity(stage: Stage, tmp_path: Path) -> None:
    """The file is over the run's limit; the fetch must still bring it whole for the other profile."""
    (tmp_path / "wide.toml").write_text('extends = "sinch"\n[limits]\nimage_bytes = 5000000\n')
    (tmp_path / "preflight.toml").write_text(
        '[[override]]\nurl = "http://127.0.0.1:*/too-*.jpg"\nprofile = "./wide.toml"\n'
        '[[override]]\nurl = "**/redirect/**"\nseverity = { redirected = "error" }\n'
    )
    urls = [stage.url(path) for path in ("/too-large.jpg", "/too-large.wav", "/redirect/once")]
    done = preflight("check", *urls, *LOCAL, "-f", "json", "--quick", cwd=tmp_path)
    by_url = {one["url"]: one for one in done.json()["verdicts"]}
    assert [by_url[url]["outcome"] for url in urls] == ["accept", "reject", "reject"]
    assert [by_url[url]["profile"] for url in urls] == ["wide", "sinch", "sinch"]
    assert by_url[urls[0]]["media"]["width"] is not None
    assert [one["severity"] for one in by_url[urls[2]]["findings"]] == ["error"]
    assert done.code == 1


def test_an_ignore_that_does_nothing_is_reported(tmp_path: Path) -> None:
    table = '[[ignore]]\nurl = "{}"\nrules = ["unaccepted-media-type"]\nreason = "ticket 4711"\nexpires = {}\n'
    (tmp_path / "expired.toml").write_text(table.format("https://cdn.example.com/**", "2020-01-31"))
    (tmp_path / "unused.toml").write_text(
        table.format("https://cdn.example.com/*.heic", "2099-01-31")
    )
    (tmp_path / "used.toml").write_text(table.format("https://cdn.example.com/**", "2099-01-31"))
    url = "https://cdn.example.com/far/away.heic"
    names = ("expired", "unused", "used")
    runs = [("check", url, "--offline", "--config", f"{name}.toml") for name in names]
    expired, unused, used = together(runs, tmp_path)
    assert (expired.code, unused.code, used.code) == (1, 1, 0)
    assert "expired on 2020-01-31" in expired.out
    assert "was not needed; remove it" in " ".join(unused.out.split())
    assert "note: the ignore" not in used.out


def test_the_schema_of_the_file_is_in_step() -> None:
    """python -m preflight.cli.settings_schema writes it anew."""
    assert settings_schema.FILE.read_text() == settings_schema.text()
    jsonschema.Draft202012Validator.check_schema(settings_schema.schema())


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (TABLES, True),
        (
            "jobs = 4\nquick = true\ntimeout = 2.5\nformat = ['sarif=out.sarif']\nignore = ['redirected']\n",
            True,
        ),
        ("jobs = '4'\n", False),
        ("prfile = 'sinch'\n", False),
        ("fail-on = 'info'\n", False),
        ("ignore = ['redirect']\n", False),
        ("[[ignore]]\nurl = '**'\n", False),
        ("ignores = []\n", False),
        ("[[override]]\nurl = '**'\n", False),
    ],
)
def test_the_schema_and_the_reader_agree(text: str, good: bool, tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads(json.dumps(tomllib.loads(text), default=str))
    assert jsonschema.Draft202012Validator(settings_schema.schema()).is_valid(document) is good
    (tmp_path / "preflight.toml").write_text(text)
    done = preflight("check", OFFLINE, "--offline", cwd=tmp_path)
    assert done.code == (0 if good else 2), done
