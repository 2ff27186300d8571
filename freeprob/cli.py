"""The command line; a command is loaded when it is called, so that help is immediate."""

from __future__ import annotations

import importlib

import click

__all__ = ["main"]

COMMANDS = {
    "derive": "Derive equations; write LaTeX, a solver, a report, a picture.",
    "check": "Check a model numerically; exit status 1 if a check fails.",
    "sweep": "Compute a number over a grid of one or two values: table, file, curve or heat map.",
    "gallery": "List, derive and check the papers that come with the package.",
}
"""Each command is the file of its name in ``freeprob/commands``."""


class _Commands(click.Group):
    """Loads a command when it is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return importlib.import_module(f"freeprob.commands.{name}").command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example:  freeprob derive model.py --at n=1 --at d=0.37",
)
@click.version_option(package_name="freeprob")
def main() -> None:
    """Derive the high-dimensional theory of a model: equations, documents, solvers and checks.

    Each command has its own --help.
    """
