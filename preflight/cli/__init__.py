"""The command line: one small file a command, loaded when it is called.

Exit codes: 0 all accepted, 1 something rejected, 2 could not run, 3 something could not be told, 130 interrupted. A
crash exits with 2 and says that it is ours: it must never look like a verdict.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib import import_module

import click

from .._version import __version__
from ..errors import PreflightError
from ..wire.loop import calm_collector

_COMMANDS = {
    "check": ("check", "Check media URLs the way the gateway will fetch them."),
    "judge": ("judge", "Judge recorded observations again; no network."),
    "send": ("send", "Check a message's media, then call sendSavedMMS if all were accepted."),
    "ledger": ("ledger", "What was sent, and what a person must settle."),
    "explain": ("explain", "The manual page of a rule, of a gateway's code, or of a profile."),
    "profiles": ("profiles", "The built-in profiles, and every limit with its source."),
    "baseline": ("baseline", "Accept today's findings, so that only new ones fail."),
    "demo": ("demo", "Good and bad hosting on loopback, checked before your eyes."),
    "doctor": ("doctor", "What this machine has for a check, and what it lacks."),
    "sandbox": ("sandbox", "A local server with every fault, and a gateway, for your own tests."),
    "completion": ("completion", "Completion for bash, zsh and fish."),
}  # fmt: skip


# Where a shell asks for completions, click ends the process by itself.
_COMPLETING = "_PREFLIGHT_COMPLETE"

# As audit.feed names it; importing that here would cost every start.
_SOURCE_THREAD = "preflight-source"


class _Group(click.Group):
    """Commands by name, imported one at a time, so that ``--version`` and ``--help`` stay fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f".{_COMMANDS[cmd_name][0]}", __name__)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from ..nearest import nearest

            word = args[0]
            hint = nearest(word, list(_COMMANDS))
            if "/" in word or "." in word:
                hint = "; to check it: preflight check " + word
            raise click.UsageError(f"there is no command {word!r}{hint}") from None

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # click would exit with 1, which is a verdict
            return _ended_by(error)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in _COMMANDS.items()])


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all accepted, 1 something rejected, 2 could not run, 3 something could not be told, 130 interrupted.",
)
@click.version_option(
    __version__, "-V", "--version", prog_name="preflight", message="%(prog)s %(version)s"
)
def cli() -> None:
    """Check MMS media hosting the way the gateway will fetch it, before the money is spent.

    \b
    preflight demo                          see it work, without a network
    preflight check https://cdn.example.com/a.jpg
    preflight check media.txt -f sarif=preflight.sarif
    """


def main() -> None:
    """Run a command, and turn whatever happens into one of the five exit codes."""
    _fill_streams()
    calm_collector()
    code = _run()
    if any(thread.name == _SOURCE_THREAD for thread in threading.enumerate()):
        # A thread that is blocked in a pipe would abort the interpreter on its way out.
        os._exit(code)
    sys.exit(code)


def _fill_streams() -> None:
    """The null device in the place of each standard stream that whoever started us closed.

    The next file or socket would otherwise get its number: reports would go into it, and libuv aborts the process where it closes one.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # It gets the lowest number that is free, which is this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _run() -> int:
    try:
        result = cli.main(prog_name="preflight", standalone_mode=False)
        code = result if isinstance(result, int) else 0
        sys.stdout.flush()
        return code
    except BaseException as error:
        return _ended_by(_cause(error))


def _cause(error: BaseException) -> BaseException:
    """What happened, where concurrent tasks wrapped it into a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _ended_by(error: BaseException) -> int:
    from ..text import mask_text

    match error:
        case click.exceptions.NoArgsIsHelpError():
            error.show()
            return 2
        case click.ClickException():
            _say(f"preflight: {mask_text(_sentence(error.format_message()))}")
            return 2
        case PreflightError():
            _say(f"preflight: {mask_text(str(error))}")
            return 2
        case KeyboardInterrupt() | click.Abort():
            return 130
        case BrokenPipeError():
            _silence()
            return 130
        case OSError():
            _silence()
            _say(f"preflight: cannot go on: {error.strerror or type(error).__name__}")
            return 2
        case SystemExit() if _COMPLETING in os.environ:
            return error.code if isinstance(error.code, int) else 1
    return _crashed(error)


def _crashed(error: BaseException) -> int:
    _say(
        f"preflight: a fault of our own ({type(error).__name__}); nothing was decided. Please report it."
    )
    if os.environ.get("PREFLIGHT_DEBUG"):
        import traceback

        _say("".join(traceback.format_exception(error)).rstrip())
        return 2  # raised, it would end the interpreter with 1, which is a verdict
    _say("For the details, set PREFLIGHT_DEBUG=1; they may show URLs and header fields.")
    return 2


def _sentence(text: str) -> str:
    """A text of click's as it goes on after our colon."""
    return text[:1].lower() + text[1:]


def _say(text: str) -> None:
    try:
        click.echo(text, err=True)
    except OSError:
        return


def _silence() -> None:
    """Nobody reads our output any more; let the interpreter not complain about it at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
