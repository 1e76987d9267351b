"""Odd requests, messages, inventories and recordings of a browser."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from helpers.odd_sources import A, B, problem, read

from preflight import manifest
from preflight.errors import SourceError
from preflight.manifest import Options
from preflight.message import Message
from preflight.target import Target

# Requests and messages


def messages(tmp_path: Path, text: str) -> list[Message]:
    path = tmp_path / "m"
    path.write_text(text)
    return [entry for entry in manifest.read(str(path)) if isinstance(entry, Message)]


def test_several_json_requests_in_a_list_or_one_a_line(tmp_path: Path) -> None:
    request = {"action": "saveMMS", "slides": [{"image": {"url": A}, "text": "x"}, {}]}
    for text in (json.dumps([request, request]), f"{json.dumps(request)}\n{json.dumps(request)}\n"):
        found = messages(tmp_path, text)
        assert [message.urls() for message in found] == [(A,), (A,)]
        assert [len(message.slides) for message in found] == [2, 2]


def test_an_unknown_kind_of_media_with_a_url_is_not_lost(tmp_path: Path) -> None:
    (message,) = messages(
        tmp_path,
        f"<request><action>sendMMS</action><slide><excel><url>{A}</url></excel></slide></request>",
    )
    assert [(media.kind, media.url) for media in message.slides[0].media] == [("excel", A)]


def test_media_without_a_url_are_kept_as_empty(tmp_path: Path) -> None:
    (message,) = messages(
        tmp_path, '{"action": "savemms", "slide": {"image": {}, "audio": null, "video": ""}}'
    )
    assert [(media.kind, media.url) for media in message.slides[0].media] == [
        ("image", ""),
        ("audio", ""),
        ("video", ""),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[message]]\nmms_id = "1"', ":2: unknown key \"mms_id\"; did you mean 'mms-id'?"),
        (
            '[[message]]\n[[message.slide]]\nimg = "x"',
            ":3: unknown key \"img\"; did you mean 'image'?",
        ),
        ('x = 1\n[[message]]\nmms-id = "1"', ':1: unknown key "x"'),
        ("[[message]]\n\n[[message.slide]]\nimage = 3", ":4: image must be a URL in quotes"),
        ('[[message]]\n[[message.slide]]\nimage = ["a", 3]', ":3: image must be a URL in quotes"),
        ("[[message]]\nsubject = 3", ":2: subject must be a string"),
        ("[[message]]\nmms-id = true", ":2: mms-id must be a string"),
        (
            "[[message]]\n[[message.slide]]\nduration = '8'",
            ":3: duration must be a number of seconds",
        ),
        (
            "[[message]]\n[[message.slide]]\nduration = nan",
            ":3: duration must be a number of seconds",
        ),
        ("[[message]]\n[message.slide]\ntext = 'x'", ":2: slide must be tables: [[message.slide]]"),
        ("[[message]\n", ": is not TOML: "),
        ("message = [1]", ":1: message must be tables: [[message]]"),
    ],
)
def test_wrong_messages_are_one_sentence_with_a_line(tmp_path: Path, text: str, said: str) -> None:
    assert problem(tmp_path, text, "m.toml").startswith(said)


def test_toml_in_every_layout_keeps_its_places(tmp_path: Path) -> None:
    text = (
        "'message' = [ # [[message]]\n"
        f"  {{ 'mms-id' = 7, slide = [ {{ image = '''{A}''' }}, # ]\n"
        f'    {{ "audio" = """\\\n   {B}""", text = "a]}}" }} ] }},\n'
        f"  {{ slide = [{{image='{B}'}}] }} ]\n"
    )
    first, second = messages(tmp_path, text)
    assert first.mms_id == "7" and first.urls() == (A, B) and second.urls() == (B,)
    found = [
        (m.source.line, m.source.column, m.source.end)
        for s in (*first.slides, *second.slides)
        for m in s.media
    ]
    lines = text.split("\n")
    columns = [lines[1].index(A) + 1, lines[2].index("\\") + 1, lines[4].index(B) + 1]
    assert found == [
        (2, columns[0], columns[0] + len(A)),
        (3, columns[1], None),
        (5, columns[2], columns[2] + len(B)),
    ]
    assert first.slides[1].text == "a]}"


# Inventories, HAR


def test_an_inventory_needs_a_base(tmp_path: Path) -> None:
    assert "--base-url" in problem(tmp_path, '"my-bucket","a.jpg","3"\n', "i.csv")
    assert "--base-url" in problem(tmp_path, "bucket,name,size\nb,a.jpg,3\n")


@pytest.mark.parametrize(
    "text",
    [
        f'"url","price"\n"{A}","12"',
        f'"url","price"\r"{A}","12"\r',
        '"url","price"\n',
        f'"spring","Banner","{A}"\n"spring","Logo","{B}"\n',
        f'"spring","Banner","{A}"\r"spring","Logo","{B}"\r',
        f'"spring","Banner","x"\n"spring","Logo"," {B}"\n',
    ],
)
@pytest.mark.parametrize("base_url", [None, "https://h/x/"])
def test_quoted_cells_with_urls_are_a_table_and_no_inventory(
    tmp_path: Path, text: str, base_url: str | None
) -> None:
    """With a base URL, other URLs were checked, and nothing said so."""
    options = {"base_url": base_url} if base_url else {}
    expected = [url for url in (A, B) if url in text]
    assert [target.url for target in read(tmp_path, text, "q.csv", **options)] == expected


def test_a_quoted_line_that_may_be_cut_tells_nothing(tmp_path: Path) -> None:
    """Of a long file only the beginning is looked at; its last line may be half a row."""
    text = '"my-bucket","a.jpg","3"\n' * 3 + f'"my-bucket","{"b" * 70_000}.jpg","3"\n'
    targets = read(tmp_path, text, "i.csv", base_url="https://h")
    assert [target.url[-5:] for target in targets] == ["a.jpg"[-5:]] * 3 + ["b.jpg"]


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://h", "https://h/a//b.jpg"),
        ("https://h/x/", "https://h/x/a//b.jpg"),
        ("https://h/x//", "https://h/x//a//b.jpg"),
    ],
)
def test_a_key_is_joined_by_one_slash(tmp_path: Path, base_url: str, url: str) -> None:
    targets = read(tmp_path, '"my-bucket","a//b.jpg","3"\n', base_url=base_url)
    assert [target.url for target in targets] == [url]


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("t.json", {"version": "1.2", "creator": {"name": "a browser"}}),
        ("t.har", {"version": "1.2", "creator": {"name": "a browser"}}),
        ("t.har", {"comment": "an odd one"}),
    ],
)
def test_a_recording_of_a_browser_whose_entries_begin_late(
    tmp_path: Path, name: str, log: dict[str, object]
) -> None:
    """Its pages fill what is looked at; every URL in it was fetched, a POST's and a script's too."""
    pages = [{"id": f"page_{number}", "title": f"{B}?{'x' * 300}"} for number in range(300)]
    entries = [
        {"request": {"method": "POST", "url": "https://shop.example/order"}, "response": {"content": {"mimeType": "text/html"}}},
        {"request": {"method": "GET", "url": A}, "response": {"content": {"mimeType": "image/jpeg"}}},
    ]  # fmt: skip
    text = json.dumps({"log": {**log, "pages": pages, "entries": entries}})
    assert len(text) > 100_000
    assert [target.url for target in read(tmp_path, text, name)] == [A]


def test_old_versions_and_delete_markers_are_left_out(tmp_path: Path) -> None:
    text = (
        '"my-bucket","a.jpg","v1","true","false","10"\n"my-bucket","a.jpg","v0","false","false","9"\n'
        '"my-bucket","b.jpg","v1","true","true",""\n"my-bucket","c/","v1","true","false","0"\n'
    )
    targets = read(tmp_path, text, base_url="https://h")
    assert [(t.url, t.declared_length) for t in targets] == [("https://h/a.jpg", 10)]


def s3(tmp_path: Path, form: str = "CSV") -> Path:
    """An inventory as S3 lays it out: config/2026-11-01T00-00Z/manifest.json and config/data/x.csv.gz."""
    (tmp_path / "config" / "data").mkdir(parents=True)
    (tmp_path / "config" / "2026-11-01T00-00Z").mkdir()
    data = tmp_path / "config" / "data" / "x.csv.gz"
    data.write_bytes(
        gzip.compress(b'"my-bucket","26221","a+b.jpg"\n"my-bucket","7","%C3%A9.gif"\n', mtime=0)
    )
    keys = {"files": [{"key": "inv/my-bucket/config/data/x.csv.gz", "size": 1}]}
    path = tmp_path / "config" / "2026-11-01T00-00Z" / "manifest.json"
    path.write_text(json.dumps({"fileFormat": form, "fileSchema": "Bucket, Size, Key", **keys}))
    return path


def test_the_manifest_names_columns_and_data_files(tmp_path: Path) -> None:
    path = s3(tmp_path)
    expected = [("https://h/a%20b.jpg", 26221), ("https://h/%C3%A9.gif", 7)]
    for source in (path, tmp_path / "config" / "data" / "x.csv.gz", tmp_path):
        entries = manifest.read(str(source), options=Options(base_url="https://h"))
        found = [
            (entry.url, entry.declared_length) for entry in entries if isinstance(entry, Target)
        ]
        assert found == expected


def test_a_manifest_of_another_form_or_without_its_data(tmp_path: Path) -> None:
    path = s3(tmp_path, "ORC")
    with pytest.raises(SourceError, match="in ORC: have it written as CSV"):
        list(manifest.read(str(path), options=Options(base_url="https://h")))
    path.write_text('{"fileSchema": "Bucket, Key", "files": [{"key": "../../../etc/gone.csv"}]}')
    with pytest.raises(SourceError, match=r'data file that is not here: "gone\.csv"'):
        list(manifest.read(str(path), options=Options(base_url="https://h")))
