"""The sandbox gateway copies media as the table says, from loopback alone."""

from __future__ import annotations

import pytest
from helpers.loops import run
from helpers.sandbox_gateway import SAVE, slide, xml

from preflight.sandbox import PATHS, Case, Copier, Hosting, Sandbox, SandboxGateway
from preflight.sandbox.codes import INFO
from preflight.sandbox.speech import ELEMENTS


@pytest.mark.parametrize(
    "case", [case for case in PATHS.values() if case.kind in ELEMENTS], ids=lambda case: case.path
)
def test_each_path_is_answered_as_the_table_says(case: Case) -> None:
    async def work() -> tuple[dict[str, str], SandboxGateway]:
        hosting, gateway = Hosting(slow_s=5), SandboxGateway(copier=Copier(timeout_s=0.6))
        async with Sandbox(hosting, gateway) as box:
            path = case.path.partition("?")[0]
            hosting.counts[path] = 2  # as if the check had asked before
            answer = await xml(gateway, SAVE, slide(case.kind, box.hosting.url(case.path)))
            await gateway.idle()
            return answer, gateway

    answer, gateway = run(work())
    assert answer.get("error-code", "") == case.gateway
    if case.gateway:
        assert answer == {
            "status": "Failure", "error-code": case.gateway, "error-info": INFO[case.gateway].replace("{slide}", "1"),
        }  # fmt: skip
        assert not gateway.postbacks
        assert not gateway.templates
    else:
        assert answer == {"status": "Success", "mms-id": "35674"}
        broken = case.path in ("/truncated.mp4", "/truncated.wav")
        expected = {"video": "E003", "audio": "E002"}[case.kind] if broken else "N003"
        assert [postback.code for postback in gateway.postbacks] == [expected]


def test_the_query_of_sound_and_film_is_stripped_and_that_of_pictures_kept() -> None:
    async def work() -> list[tuple[str, str]]:
        async with Sandbox() as box:
            for kind, path in [
                ("audio", "/idle-query.mp3?cache=1"),
                ("video", "/good.mp4?v=2"),
                ("image", "/with-query.jpg?token=1"),
            ]:
                await box.gateway.copier.copy(kind, box.hosting.url(path))
            return [(seen.path, seen.query) for seen in box.hosting.requests]

    assert run(work()) == [
        ("/idle-query.mp3", ""),
        ("/good.mp4", ""),
        ("/with-query.jpg", "token=1"),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/a.jpg", "http://example.com/a.jpg", "http://169.254.169.254/", "ftp://127.0.0.1/a.jpg",
        "http://[::ffff:10.0.0.1]/a.jpg", "a.jpg", "", "http://2130706433/a.jpg", "http://127.0.0.1:1/a.jpg",
    ],
)  # fmt: skip
def test_only_loopback_is_fetched_and_nothing_is_looked_up(url: str) -> None:
    copied = run(Copier().copy("image", url))
    assert copied.code == "E351"


def test_localhost_is_this_machine() -> None:
    async def work() -> str:
        async with Hosting() as hosting:
            return (await Copier().copy("image", f"http://localhost:{hosting.port}/good.jpg")).code

    assert run(work()) == ""


def test_identity_is_copied_from_a_host_that_compresses_for_gzip_only() -> None:
    async def work() -> tuple[str, str]:
        async with Hosting() as hosting:
            url = hosting.url("/nginx.jpg")
            plain = await Copier(accept_encoding="identity").copy("image", url)
            return plain.code, (await Copier(accept_encoding="gzip").copy("image", url)).code

    assert run(work()) == ("", "E351")


def test_redirects_can_be_refused() -> None:
    async def work() -> str:
        async with Hosting() as hosting:
            return (await Copier(max_redirects=0).copy("image", hosting.url("/redirect/once"))).code

    assert run(work()) == "E351"
