"""Files as the formats for CI name them, so that a finding is found where it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from preflight.report import Look
from preflight.verdict import Finding, Verdict

Verdicts = Callable[..., Verdict]
Rendered = Callable[..., str]

NAMES = {
    "Screenshot 10.00\u202fAM.txt": ("Screenshot%2010.00%E2%80%AFAM.txt", "Screenshot 10.00\u202fAM.txt"),
    "\u0645\u06cc\u200c\u062e\u0648.txt": ("%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88.txt", "\u0645\u06cc\u200c\u062e\u0648.txt"),
    "nb\xa0sp\u3000.txt": ("nb%C2%A0sp%E3%80%80.txt", "nb\xa0sp\u3000.txt"),
    "\U0001f468\u200d\U0001f469.txt": ("%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9.txt", "\U0001f468\u200d\U0001f469.txt"),
    "a\nb%.txt": ("a%0Ab%25.txt", "a%0Ab%25.txt"),
    "a\udcff.txt": ("a%FF.txt", "a\\udcff.txt"),
    "a\x1b[2J\u202e.txt": ("a%1B%5B2J%E2%80%AE.txt", "a\\x1b[2J\\u202e.txt"),
    "a#b?c\\d.txt": ("a%23b%3Fc%5Cd.txt", "a#b?c\\d.txt"),
}  # fmt: skip
"""The name of a file, as a URI, and as GitHub's runner is told it."""


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_has_the_name_that_it_has(
    name: str, verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    verdict = verdict_of("http://a/b", chunked, file=f"dir/{name}")
    uri, told = NAMES[name]
    (result,) = json.loads(rendered("sarif", [verdict]))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": f"dir/{uri}"}
    assert f",file=dir/{told},line=3" in rendered("github", [verdict])
    kept = name.replace("\udcff", "\\udcff").replace("\x1b", "\\x1b")  # XML has no such thing
    (entry,) = json.loads(rendered("gitlab", [verdict]))
    assert entry["location"]["path"] == f"dir/{kept}"
    (file,) = etree.fromstring(rendered("checkstyle", [verdict]).encode()).iter("file")
    assert file.get("name") == f"dir/{kept}"


def test_a_file_of_the_project_is_its_own_however_it_is_spelt(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered, tmp_path: Path
) -> None:
    project, link = tmp_path / "project", tmp_path / "link"
    (project / "sub").mkdir(parents=True)
    link.symlink_to("project")
    (tmp_path / "other.txt").touch()
    spelt = {
        str(project / "bad.txt"): "bad.txt",
        str(link / "sub/bad.txt"): "sub/bad.txt",
        "./sub/../bad.txt": "bad.txt",
        "../project/bad.txt": "bad.txt",
        "../other.txt": "preflight.toml",
        str(tmp_path / "other.txt"): "preflight.toml",
    }
    for root in (project, link):
        for name, path in spelt.items():
            verdict = verdict_of("http://a/b", chunked, file=name)
            (entry,) = json.loads(rendered("gitlab", [verdict], Look(root=str(root))))
            assert entry["location"]["path"] == path
