"""check and require from anywhere: loops, threads, generators, Ctrl-C, a forked child."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from helpers.command import Stage, environment

import preflight
from preflight import NotAcceptedError, Outcome, Target, UsageError

LOOPBACK = ["127.0.0.0/8"]


def test_one_verdict_a_url_in_order_duplicates_and_generators_included(stage: Stage) -> None:
    paths = ["/good.jpg", "/404.jpg", "/good.jpg", "/chunked.jpg", "/good.png"]
    stage.hosting.forget()
    verdicts = preflight.check(
        (stage.url(path) for path in paths), allow_networks=LOOPBACK, depth="quick"
    )
    assert [verdict.url for verdict in verdicts] == [stage.url(path) for path in paths]
    assert [str(verdict.outcome) for verdict in verdicts] == [
        "accept",
        "reject",
        "accept",
        "reject",
        "accept",
    ]
    assert stage.hosting.counts["/good.jpg"] == 1


def test_a_target_comes_back_as_it_was_given(stage: Stage) -> None:
    target = Target(url=stage.url("/good.jpg"), declared_length=1)
    twin = Target(url=stage.url("/good.jpg"))
    first, second, third = preflight.check([target, twin, target], allow_networks=LOOPBACK)
    assert (first.target, second.target, third.target) == (target, twin, target)
    rules = [[finding.rule for finding in verdict.findings] for verdict in (first, second)]
    assert rules == [["outdated-source"], []]


def test_nothing_to_check_is_no_verdict() -> None:
    assert preflight.check([]) == preflight.require(iter(())) == []


def test_require_raises_with_every_verdict(stage: Stage) -> None:
    with pytest.raises(NotAcceptedError) as caught:
        preflight.require(
            [stage.url("/good.jpg"), stage.url("/chunked.jpg")], allow_networks=LOOPBACK
        )
    assert [verdict.accepted for verdict in caught.value.verdicts] == [True, False]
    assert "chunked-transfer-encoding" in str(caught.value)


def test_it_works_inside_a_running_loop_and_does_not_use_it(stage: Stage) -> None:
    async def scene() -> list[preflight.Verdict]:
        before = asyncio.all_tasks()
        verdicts = preflight.check([stage.url("/good.jpg")], allow_networks=LOOPBACK)
        assert asyncio.all_tasks() == before
        return verdicts

    assert asyncio.run(scene())[0].accepted


def test_it_works_in_eight_threads_at_once(stage: Stage) -> None:
    outcomes: list[list[str]] = []

    def work() -> None:
        urls = [stage.url(path) for path in ("/good.jpg", "/404.jpg")]
        outcomes.append(
            [str(one.outcome) for one in preflight.check(urls, allow_networks=LOOPBACK)]
        )

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outcomes == [["accept", "reject"]] * 8


def test_a_generator_runs_in_the_thread_that_called(stage: Stage) -> None:
    names = []

    def urls() -> Iterator[str]:
        names.append(threading.current_thread())
        yield stage.url("/good.jpg")

    preflight.check(urls(), allow_networks=LOOPBACK)
    assert names == [threading.current_thread()]


def test_what_a_generator_raises_is_the_callers() -> None:
    def urls() -> Iterator[str]:
        yield "http://127.0.0.1:1/"
        raise TypeError("theirs")

    with pytest.raises(TypeError, match="theirs"):
        preflight.check(urls())


def test_what_a_remote_host_does_is_a_verdict() -> None:
    urls = ["http://127.0.0.1:1/a.jpg", "http://[::1", "ftp://example.com/", "", "http://a b/"]
    verdicts = preflight.check(urls, retries=0)
    assert [verdict.outcome for verdict in verdicts] == [Outcome.REJECT] * 5


NO_URLS: list[Any] = [None, b"x", 3]


@pytest.mark.parametrize(
    "urls",
    [
        "https://a.example/", b"https://a.example/", 3, None, [3], [None], [b"x"],
        *([Target(url=odd)] for odd in NO_URLS),
    ],
)  # fmt: skip
def test_what_is_no_list_of_urls_is_one_sentence(urls: object) -> None:
    with pytest.raises(UsageError, match="URL"):
        preflight.check(urls)  # type: ignore[arg-type]


def test_ignored_findings_do_not_count(stage: Stage) -> None:
    (verdict,) = preflight.check(
        [stage.url("/chunked.jpg")], allow_networks=LOOPBACK, ignore=lambda finding: "known"
    )
    assert (verdict.accepted, [one.reason for one in verdict.ignored][:1]) == (True, ["known"])


def test_cancelling_an_awaited_check_closes_its_connections(stage: Stage) -> None:
    async def scene() -> None:
        task = asyncio.create_task(
            preflight.check_async([stage.url("/silent.jpg")], allow_networks=LOOPBACK)
        )
        stage.hosting.forget()
        await stage.asked("/silent.jpg")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scene())


def run_script(script: str, *words: str, interrupt_at: str | None = None) -> tuple[int, str, str]:
    """Run a script; send it a SIGINT once it has printed the line."""
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(script), *words], env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if interrupt_at is not None:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == interrupt_at
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_ctrl_c_ends_a_blocking_call_at_once_and_the_next_one_works(stage: Stage) -> None:
    script = """
        import sys, threading, time, preflight
        silent, good = sys.argv[1:]
        def tell(verdict, observation): ...
        def urls():
            threading.Timer(0.5, print, ["waiting"], {"flush": True}).start()
            yield silent
        before = time.monotonic()
        try:
            preflight.check(urls(), allow_networks=["127.0.0.0/8"])
        except KeyboardInterrupt:
            print("interrupted", time.monotonic() - before < 5)
        print(preflight.check([good], allow_networks=["127.0.0.0/8"])[0].outcome)
    """
    code, out, err = run_script(
        script, stage.url("/silent.jpg"), stage.url("/good.jpg"), interrupt_at="waiting"
    )
    assert (code, out.split(), err) == (0, ["interrupted", "True", "accept"], "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
def test_a_callback_that_ends_the_program_hangs_nobody(stage: Stage) -> None:
    script = """
        import sys, preflight
        def tell(verdict): sys.exit(3)
        with preflight.Guard(allow_networks=["127.0.0.0/8"], on_verdict=tell) as guard:
            try:
                guard.check_blocking(sys.argv[1:])
            except SystemExit as error:
                print("ended", error.code)
        print(preflight.check(sys.argv[1:], allow_networks=["127.0.0.0/8"])[0].outcome)
    """
    code, out, _ = run_script(script, stage.url("/good.jpg"))
    assert (code, out.split()) == (0, ["ended", "3", "accept"])


def test_a_forked_child_gets_a_loop_and_a_guard_of_its_own(stage: Stage) -> None:
    script = """
        import os, sys, tempfile, warnings, preflight
        warnings.simplefilter("ignore")
        url = sys.argv[1]
        options = {"allow_networks": ["127.0.0.0/8"], "depth": "quick"}
        file = os.path.join(tempfile.mkdtemp(), "c.sqlite")
        guard = preflight.Guard(**options, cache=file, max_age=0)
        guard.require_blocking([url])
        preflight.require([url], **options)
        child = os.fork()
        if child == 0:
            guard.require_blocking([url])
            preflight.require([url], **options)
            guard.close()
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        guard.require_blocking([url])
        preflight.require([url], **options)
        guard.close()
        print("both")
    """
    assert run_script(script, stage.url("/good.jpg"))[:2] == (0, "both\n")


def test_the_library_prints_nothing_and_installs_nothing(stage: Stage) -> None:
    script = """
        import asyncio, logging, signal, socket, sys, threading, warnings, preflight
        def state():
            numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD]
            policy = type(asyncio.get_event_loop_policy()).__name__
            return ([signal.getsignal(one) for one in numbers], warnings.filters[:], socket.getdefaulttimeout(),
                    logging.getLogger().handlers, logging.getLogger().level, policy, sys.excepthook, threading.excepthook)
        before = state()
        with preflight.Guard(allow_networks=["127.0.0.0/8"], policy="warn") as guard:
            guard.require_blocking([sys.argv[1], sys.argv[2]])
        assert state() == before
    """
    assert run_script(script, stage.url("/good.jpg"), stage.url("/chunked.jpg")) == (0, "", "")
