"""A check without a network: it touches no socket, and says what can be said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.command import LOCAL, preflight

NO_SOCKETS = """
import sys

def refuse(event, _):
    if event.startswith("socket."):
        raise RuntimeError("a socket was touched: " + event)

sys.addaudithook(refuse)
"""


OFFLINE_LIST = """\
https://cdn.example.com/a.jpg
https://cdn.example.com/a.HEIC?x=1
http://10.1.2.3/a.jpg
http://2130706433/a.jpg
https://cdn.example.com:8443/a.png
https://cdn.example.com/a.mp3#t=1
https://cdn.example.com/no-extension
http://[::1]/a.jpg
http://localhost/a.jpg
https://b.s3.amazonaws.com/a.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-Signature=0
https://cdn.example.com/a b.jpg
"""


OFFLINE_RULES: dict[int, list[str]] = {
    1: [], 2: ["unaccepted-media-type"], 3: ["private-address"], 4: ["invalid-url"], 5: ["non-standard-port"], 6: [], 7: [],
    8: ["private-address"], 9: ["private-address"], 10: ["expiring-url"], 11: ["invalid-url"],
}  # fmt: skip


@pytest.fixture
def no_sockets(tmp_path: Path) -> dict[str, str]:
    """An environment in which whoever touches a socket fails: the interpreter's own audit events say so."""
    (tmp_path / "fence").mkdir()
    (tmp_path / "fence" / "sitecustomize.py").write_text(NO_SOCKETS)
    return {"PYTHONPATH": str(tmp_path / "fence")}


def test_offline_touches_no_socket(tmp_path: Path, no_sockets: dict[str, str]) -> None:
    (tmp_path / "media.txt").write_text(OFFLINE_LIST)
    done = preflight(
        "check",
        "media.txt",
        "--offline",
        "-f",
        "json",
        "-f",
        "text=text.out",
        cwd=tmp_path,
        env=no_sockets,
    )
    assert done.code == 1, done
    found = {
        one["source"]["line"]: [item["rule"] for item in one["findings"]]
        for one in done.json()["verdicts"]
    }
    assert found == OFFLINE_RULES
    assert "nothing was fetched" in (tmp_path / "text.out").read_text()
    fenced = preflight("check", "https://127.0.0.1/a.jpg", *LOCAL, cwd=tmp_path, env=no_sockets)
    assert fenced.code not in (0, 1)  # the fence stands: a check that fetches does not get through


def test_offline_judges_messages_by_what_they_say(
    tmp_path: Path, no_sockets: dict[str, str]
) -> None:
    slide = '[[message.slide]]\nimage = "https://cdn.example.com/{}.jpg"\n'
    nine = "".join(slide.format(number) for number in range(9))
    (tmp_path / "messages.toml").write_text(f'[[message]]\nmms-id = "1"\nsubject = "Hello"\n{nine}')
    (tmp_path / "good.toml").write_text(
        f'[[message]]\nmms-id = "1"\nsubject = "Hello"\n{slide.format(1)}'
    )
    many = preflight(
        "check", "messages.toml", "--offline", "-f", "json", cwd=tmp_path, env=no_sockets
    )
    good = preflight("check", "good.toml", "--offline", cwd=tmp_path, env=no_sockets)
    assert (many.code, good.code) == (1, 0)
    assert [item["rule"] for item in many.json()["messages"][0]["findings"]] == ["too-many-slides"]


def test_offline_refuses_to_record(tmp_path: Path) -> None:
    done = preflight(
        "check", "https://cdn.example.com/a.jpg", "--offline", "--record", "seen", cwd=tmp_path
    )
    assert done.code == 2 and "--record" in done.err and not (tmp_path / "seen").exists()


def test_the_report_of_an_empty_run_is_still_a_report(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    done = preflight("check", "empty.txt", "--allow-empty", "--offline", "-f", "json", cwd=tmp_path)
    assert done.code == 0 and json.loads(done.out)["summary"]["checked"] == 0


# what is meant as a URL, however bad it is; each is recorded too, which asks more of a text than showing it does
MEANT = (
    "http://127.0.0.1/\udcff.jpg",  # an argument whose bytes are not UTF-8
    "https:/127.0.0.1/a.jpg",
    "HTTPS:127.0.0.1",
    "https:\\\\127.0.0.1\\a.jpg",
    "ftp://127.0.0.1/a.jpg",
    "http://127.0.0.1/" + "a" * 8_000,
)


def test_a_url_is_a_url_whatever_the_files_beside_it_are_read_as(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("https://cdn.example.com/a.jpg\n")
    words = ("--from-format", "text", "list.txt", "https://cdn.example.com/b.jpg")
    done = preflight("check", "--offline", *words, "-f", "json", cwd=tmp_path)
    assert done.code == 0, done
    found = {one["url"]: one["source"]["file"] for one in done.json()["verdicts"]}
    assert found == {
        "https://cdn.example.com/a.jpg": "list.txt",
        "https://cdn.example.com/b.jpg": None,
    }


def test_no_url_of_a_file_is_cut_and_then_accepted(tmp_path: Path) -> None:
    """Each was cut at what stood in it; what was left was fetched, and could be accepted."""
    files = {
        "crop.csv": "https://h.example/1.jpg?crop=0,0,300,200\n",
        "names.tsv": "https://h.example/2.jpg\tRed, white, and blue\n",
        "page.html": "<base href='https://h.example/x//'><img src='a//3.jpg;'><img src=https://h.example/4\u00a0.jpg>",
        "slip.json": '["https:/h.example/5.jpg"]',
        "two.csv": "1;https://h.example/6.jpg|https://h.example/7.jpg\n",
        "bar.csv": "https://h.example/8|9.jpg,Red\n",
        "day.csv": "https://h.example/10.jpg,01/11/2026\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = preflight("check", "--offline", *files, "-f", "json", "--show-secrets", cwd=tmp_path)
    assert done.code == 1, done
    found = {one["url"]: one["outcome"] for one in done.json()["verdicts"]}
    assert found == {
        "https://h.example/1.jpg?crop=0,0,300,200": "accept",
        "https://h.example/2.jpg": "accept",
        "https://h.example/x//a//3.jpg;": "accept",
        "https://h.example/4\\xa0.jpg": "reject",
        "https:/h.example/5.jpg": "reject",
        "https://h.example/6.jpg|https://h.example/7.jpg": "reject",
        "https://h.example/8|9.jpg": "reject",
        "https://h.example/10.jpg": "accept",
    }


def test_what_is_meant_as_a_url_gets_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "half.yaml").write_text('"\\ud800": "http://127.0.0.1/\\ud800"\n')
    name = tmp_path / "\udcff.txt"
    name.write_text("http://127.0.0.1/a b\n")
    done = preflight("check", *MEANT, "half.yaml", name.name, "--record", "seen", "-f", "json", cwd=tmp_path)  # fmt: skip
    assert done.code == 1, done
    found = [[each["rule"] for each in one["findings"]] for one in done.json()["verdicts"]]
    assert found == [["invalid-url"]] * (len(MEANT) + 2)
    assert preflight("judge", "seen", cwd=tmp_path).code == 1
