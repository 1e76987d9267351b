"""Every recipe of docs/recipes, driven against the sandbox as its reader would drive it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp.test_utils import TestClient, TestServer
from helpers.command import Stage, environment

import preflight
from preflight import Accepted, Ledger, SendRequest
from preflight.gateway.ledger_entry import Claim

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
KEY = "sandbox-key"
MMS_ID, TO = "35674", "15551230000"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    stage.gateway.save(MMS_ID)
    yield stage
    stage.close()


@pytest.fixture
def sandboxed(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    for name, value in settings(stage, tmp_path).items():
        monkeypatch.setenv(name, value)
    stage.gateway.calls.clear()
    return stage


def settings(stage: Stage, directory: Path) -> dict[str, str]:
    return {
        "PREFLIGHT_ALLOW_NETWORK": "127.0.0.0/8",
        "PREFLIGHT_ENDPOINT": stage.gateway.endpoint_xml,
        "PREFLIGHT_API_KEY": KEY,
        "PREFLIGHT_LEDGER": str(directory / "sent.sqlite"),
        "POSTBACK_TOKEN": "t0ken",
    }


def recipe(name: str) -> ModuleType:
    """A recipe, imported anew."""
    spec = importlib.util.spec_from_file_location(name, RECIPES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # annotations are looked up there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the frameworks' own
        spec.loader.exec_module(module)
    return module


def run(stage: Stage, directory: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**environment(), **settings(stage, directory)}
    return subprocess.run(
        [sys.executable, str(RECIPES / name), *words], env=env, cwd=directory, capture_output=True, text=True, timeout=40, check=False
    )  # fmt: skip


def test_the_pages_show_every_recipe() -> None:
    shown = {
        file
        for page in RECIPES.glob("*.md")
        for file in re.findall(r"\{literalinclude\} (\S+)", page.read_text(encoding="utf-8"))
    }
    assert shown == {path.name for path in RECIPES.glob("*.py")}


def test_the_script_sends_good_media_once_and_bad_ones_never(stage: Stage, tmp_path: Path) -> None:
    stage.gateway.calls.clear()
    bad = run(
        stage,
        tmp_path,
        "send_script.py",
        MMS_ID,
        TO,
        stage.url("/good.jpg"),
        stage.url("/chunked.jpg"),
    )
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "chunked-transfer-encoding" in bad.stderr
    assert stage.gateway.posts() == 0
    for _ in range(2):
        good = run(stage, tmp_path, "send_script.py", MMS_ID, TO, stage.url("/good.jpg"))
        assert (good.returncode, good.stderr) == (0, "")
        assert "Accepted" in good.stdout
    assert stage.gateway.posts(to=TO, mms_id=MMS_ID) == 1


def test_fastapi_lets_in_campaigns_with_good_media(sandboxed: Stage) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the test client's own
        from fastapi.testclient import TestClient as Client

    def campaign(*paths: str) -> dict[str, object]:
        return {"subject": "Spring", "media_urls": [sandboxed.url(path) for path in paths]}

    with Client(recipe("fastapi_service").app) as client:
        assert client.post("/campaigns", json=campaign("/good.jpg")).status_code == 201
        refused = client.post("/campaigns", json=campaign("/good.jpg", "/chunked.jpg", "/503.jpg"))
        assert refused.status_code == 422
        rules = [one["rule"] for one in refused.json()["detail"]]
        assert "chunked-transfer-encoding" in rules
        assert client.post("/campaigns", json=campaign("/503.jpg")).status_code == 503
        assert client.post("/campaigns", json=campaign()).status_code == 422


def test_django_refuses_a_url_with_the_reason(sandboxed: Stage, tmp_path: Path) -> None:
    good = run(sandboxed, tmp_path, "django_validator.py", sandboxed.url("/good.jpg"))
    assert (good.returncode, good.stdout, good.stderr) == (0, "accepted\n", "")
    bad = run(sandboxed, tmp_path, "django_validator.py", sandboxed.url("/chunked.jpg"))
    assert (bad.returncode, bad.stdout.partition(":")[0]) == (1, "chunked-transfer-encoding")
    unknown = run(sandboxed, tmp_path, "django_validator.py", sandboxed.url("/503.jpg"))
    assert (unknown.returncode, unknown.stdout.partition(":")[0]) == (1, "unknown")


def test_django_can_write_the_validator_into_a_migration() -> None:
    module = recipe("django_validator")
    validator = module.MediaUrlValidator("twilio")
    path, arguments, named = validator.deconstruct()
    assert path == "django_validator.MediaUrlValidator"
    assert module.MediaUrlValidator(*arguments, **named) == validator != module.MediaUrlValidator()


def test_celery_sends_once_retries_what_may_pass_and_fails_what_will_not(sandboxed: Stage) -> None:
    module = recipe("celery_task")
    good, bad, busy = ([sandboxed.url(path)] for path in ("/good.jpg", "/404.jpg", "/503.jpg"))
    for _ in range(2):
        assert module.send.apply(args=(MMS_ID, TO, good)).get() == "Accepted"
    assert sandboxed.gateway.posts() == 1
    with pytest.raises(preflight.NotAcceptedError):
        module.send.apply(args=(MMS_ID, "15551230001", bad)).get()
    sandboxed.hosting.forget()
    tried = module.send.apply(args=(MMS_ID, "15551230002", busy), retries=5)
    assert (tried.state, type(tried.result).__name__) == ("FAILURE", "NotAcceptedError")
    assert sandboxed.hosting.counts["/503.jpg"] == 3
    assert sandboxed.gateway.posts() == 1
    module.guard.close()


def entry_of(file: Path, stage: Stage, tracking_id: str) -> None:
    """A ledger with one message that was sent."""
    with Ledger(file) as ledger:
        request = SendRequest(mms_id=MMS_ID, to=TO, from_="28444", service_id="1")
        claim = ledger.claim("first", stage.gateway.endpoint_xml, request, timeout_s=5)
        assert isinstance(claim, Claim)
        ledger.settle(claim, Accepted(tracking_id=tracking_id))


POSTBACKS = (
    "<postback><origin>MMS_MT</origin><code>N101</code><tracking-id>MMS_1</tracking-id></postback>",
    '{"origin": "MMS_MT", "code": "N102", "tracking-id": "MMS_1"}',
    "<postback><origin>MMS_MT</origin><code>N101</code><tracking-id>MMS_1</tracking-id></postback>",
)


def test_the_aiohttp_receiver_writes_each_postback_down_once(
    sandboxed: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "sent.sqlite"
    entry_of(file, sandboxed, "MMS_1")

    async def scene() -> list[tuple[int, str]]:
        seen = []
        async with TestClient(TestServer(recipe("postbacks_aiohttp").application())) as client:
            for token, body in [("t0ken", POSTBACKS[0])] * 3 + [
                ("t0ken", POSTBACKS[1]), ("t0ken", POSTBACKS[2]), ("t0ken", POSTBACKS[0].replace("MMS_1", "MMS_2")),
                ("other", POSTBACKS[0]), ("t0ken", "<html>"), ("t0ken", "x" * 70_000),
            ]:  # fmt: skip
                async with client.post(f"/postbacks/{token}", data=body) as answer:
                    seen.append((answer.status, await answer.text()))
        return seen

    seen = asyncio.run(scene())
    assert seen[:6] == [(200, "sent")] * 5 + [(200, "unknown message")]
    assert [status for status, _ in seen[6:]] == [404, 400, 413]
    with Ledger(file) as ledger:
        (entry,) = ledger.list()
        assert entry.delivery == "N102"


def test_the_fastapi_receiver_writes_each_postback_down_once(
    sandboxed: Stage, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the test client's own
        from fastapi.testclient import TestClient as Client

    file = tmp_path / "sent.sqlite"
    entry_of(file, sandboxed, "MMS_1")
    with Client(recipe("postbacks_fastapi").app) as client:
        for body in (*POSTBACKS, *POSTBACKS):
            answer = client.post("/postbacks/t0ken", content=body)
            assert (answer.status_code, json.loads(answer.text)) == (200, {"state": "sent"})
        other = client.post("/postbacks/t0ken", content=POSTBACKS[0].replace("MMS_1", "MMS_2"))
        assert (other.status_code, other.json()) == (200, {"state": "unknown message"})
        assert client.post("/postbacks/other", content=POSTBACKS[0]).status_code == 404
        assert client.post("/postbacks/t0ken", content="<html>").status_code == 400
        assert client.post("/postbacks/t0ken", content="x" * 70_000).status_code == 413
    with Ledger(file) as ledger:
        (entry,) = ledger.list()
        assert entry.delivery == "N102"
