"""What README and the docs name in passing is there: commands, options, targets, files, help texts, settings, inputs."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import click
import yaml
from helpers.command import preflight
from helpers.pages import BLOCKS, EXAMPLES, GENERATED, PAGES, ROOT, Block, spans

from preflight import pytest_plugin
from preflight.cli import cli

# What is named in passing


def options_of(command: click.Command) -> set[str]:
    """Every option of a command, and of those below it."""
    own = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    context = click.Context(command, info_name=command.name)
    below = (
        [command.get_command(context, name) for name in command.list_commands(context)]
        if isinstance(command, click.Group)
        else []
    )
    return own.union({"--help", "-h"}, *(options_of(one) for one in below if one))


def command_named(words: list[str]) -> click.Command | None:
    """The command that words such as ``baseline create`` lead to."""
    command: click.Command | None = cli
    for word in words:
        if not isinstance(command, click.Group) or not word.isidentifier():
            break
        command = command.get_command(click.Context(command), word)
    return command


def test_every_command_named_in_passing_is_there() -> None:
    wrong = []
    for page, span in spans():
        for part in re.split(r"[|]", span) if span.startswith("preflight ") else ():
            words = shlex.split(part)
            if words[:1] != ["preflight"]:
                continue
            command = command_named(words[1:])
            given = {word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)}
            if command is None or given - options_of(command):
                wrong.append(f"{page.relative_to(ROOT)}: {span}")
    assert not wrong


def test_every_option_named_in_passing_is_there() -> None:
    known = options_of(cli) | set(
        re.findall(r"--preflight[a-z-]*", inspect.getsource(pytest_plugin))
    )
    known |= {
        f"--preflight-{name}" for name in ("profile", "timeout", "retries", "depth", "unknown")
    }
    wrong = [
        f"{page.relative_to(ROOT)}: {span}"
        for page, span in spans()
        if page.name not in GENERATED and re.match(r"--[a-z]", span)
        and re.split(r"[ =]", span)[0] not in known
    ]  # fmt: skip
    assert not wrong


def test_every_make_target_named_is_there() -> None:
    targets = set(
        re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {span.split()[1] for _, span in spans() if re.fullmatch(r"make [a-z]+", span)}
    named |= {one.command.split()[1] for one in EXAMPLES if one.command.startswith("make ")}
    assert named and named <= targets


def test_every_file_linked_or_named_in_passing_is_there() -> None:
    wrong = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", text):
            link = target[0] or target[1]
            if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists():
                wrong.append(f"{page.relative_to(ROOT)}: {link}")
    for page, span in spans():
        inside = re.fullmatch(
            r"(?:preflight|tests|fixtures|docs|benchmarks|ci|templates|fuzz)/[\w./-]+", span
        )
        if inside and not (ROOT / span).exists():
            wrong.append(f"{page.relative_to(ROOT)}: {span}")
    assert not wrong


# Help texts and settings


def differing_help(blocks: list[Block]) -> list[str]:
    """The places that quote a help text which is another by now."""
    found = []
    for block in blocks:
        usage = re.match(r"Usage: (preflight[a-z ]*)", block.text)
        if usage:
            words = [word for word in usage[1].split()[1:] if word.islower()]
            shown = preflight(*words, "--help").out
            found += (
                [] if " ".join(block.text.split()) == " ".join(shown.split()) else [block.place]
            )
    return found


def test_quoted_help_is_what_help_says() -> None:
    assert differing_help(BLOCKS) == []
    true = preflight("explain", "--help").out
    quoted = [Block("true", "text", true), Block("false", "text", true.replace("--help", "--halp"))]
    assert differing_help(quoted) == ["false"]


def refused_settings(blocks: list[Block], desk: Path) -> list[str]:
    """The places that quote settings which are not taken."""
    found = []
    for block in blocks:
        if block.language == "toml" and "[tool.preflight" in block.text:
            (desk / "pyproject.toml").write_text(block.text, encoding="utf-8")
            done = preflight("check", "--show-settings", cwd=desk)
            found += [f"{block.place}: {done.err}"] if done.code else []
    return found


def test_quoted_settings_are_taken(tmp_path: Path) -> None:
    assert refused_settings(BLOCKS, tmp_path) == []
    wrong = Block("wrong", "toml", "[tool.preflight]\nprofil = 'sinch'\n")
    assert "profile" in refused_settings([wrong], tmp_path)[0]


def test_quoted_pipelines_name_what_there_is() -> None:
    documents = [yaml.safe_load(block.text) for block in BLOCKS if block.language == "yaml"]
    hooks = {
        one["id"]
        for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    }
    inputs = set(yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"])
    component = next(
        yaml.safe_load_all((ROOT / "templates/preflight.yml").read_text(encoding="utf-8"))
    )
    seen = set()
    for document in documents:
        for repo in document.get("repos", ()):
            assert {hook["id"] for hook in repo["hooks"]} <= hooks
            seen.add("hooks")
        for job in document.get("jobs", {}).values():
            own = [
                step for step in job["steps"] if "mms-preflight/preflight@" in step.get("uses", "")
            ]
            assert all(set(step["with"]) <= inputs for step in own)
            seen |= {"action"} if own else set()
        for include in document.get("include", ()):
            assert set(include["inputs"]) <= set(component["spec"]["inputs"])
            seen.add("component")
    assert seen == {"hooks", "action", "component"}
