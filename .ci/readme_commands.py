"""Run every command of a Markdown file, as a reader would: the `$ ` lines of its ```console blocks.

    python .ci/readme_commands.py README.md [--except "make test"]... [--list]

A line that ends in a backslash goes on in the next line, also when that starts with `> `. Lines without `$ `
are output and are not compared. The commands run one after the other in the file's folder, with .venv/bin
first on the PATH; the first that fails ends the run with its line number and exit status.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """One command and the line (from 1) on which it starts."""

    line: int
    text: str


class ReadmeError(Exception):
    """A console block that cannot be run."""


def commands(markdown: str) -> tuple[Command, ...]:
    """The commands in the ```console blocks of `markdown`, in order.

    Raises ReadmeError where a block is not closed, a continued line ends its block, or no command is found.
    """
    found: list[Command] = []
    opened = 0
    pending: Command | None = None
    for number, line in enumerate(markdown.splitlines(), start=1):
        stripped = line.strip()
        if not opened:
            opened = number if stripped == "```console" else 0
        elif stripped == "```":
            if pending:
                raise ReadmeError(f"line {pending.line}: the command goes on past the end of its block")
            opened = 0
        elif pending or stripped.startswith("$ "):
            start = pending or Command(number, "")
            text = start.text + stripped.removeprefix("> " if pending else "$ ")
            if text.endswith("\\"):
                pending = Command(start.line, text[:-1])
            else:
                found.append(Command(start.line, text))
                pending = None
    if opened:
        raise ReadmeError(f"line {opened}: the console block is not closed")
    if not found:
        raise ReadmeError("no command found: expected lines that start with '$ ' in ```console blocks")
    return tuple(found)


def run(command: Command, folder: Path) -> int:
    """Run `command` in `folder` with bash; its exit status. Its output goes where ours goes."""
    path = os.pathsep.join([str(folder / ".venv" / "bin"), os.environ["PATH"]])
    shell = ["bash", "-euo", "pipefail", "-c", command.text]
    environment = {**os.environ, "PATH": path}
    return subprocess.run(shell, cwd=folder, env=environment, stdin=subprocess.DEVNULL).returncode


def main(arguments: list[str]) -> int:
    """Run the commands of the file named in `arguments`; 1 where one fails or none can be found."""
    parser = argparse.ArgumentParser(description="Run the commands of a Markdown file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--except", dest="left_out", action="append", default=[], help="a command not to run")
    parser.add_argument("--list", action="store_true", help="print the commands and run none")
    options = parser.parse_args(arguments)
    try:
        found = commands(options.file.read_text(encoding="utf-8"))
    except (OSError, ReadmeError) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 1
    for command in found:
        if command.text in options.left_out or options.list:
            print(f"{options.file.name}:{command.line}: {command.text}", flush=True)
            continue
        print(f"\n$ {command.text}", flush=True)
        started = time.monotonic()
        status = run(command, options.file.resolve().parent)
        if status:
            place = f"{options.file.name}:{command.line}"
            print(f"{place}: exit status {status}: {command.text}", file=sys.stderr)
            return 1
        print(f"({time.monotonic() - started:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
