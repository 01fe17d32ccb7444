"""The command line: `posetraj VERB`. The packages say what their verbs take and do."""

import signal
import sys
from importlib.metadata import version

import tyro

import blender_gen.commands
import dataset_tools.commands
import train.commands
from dataset_tools.errors import PoseTrajError

VERBS = {**blender_gen.commands.VERBS, **dataset_tools.commands.VERBS, **train.commands.VERBS}
RESUMABLE = ("generate", "demo", "import-video", "cache-latents", "train")


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 good, 1 found wanting or failed, 2 bad usage, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        print(f"posetraj {version('posetraj')}")
        return 0
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    signal.signal(signal.SIGTERM, _interrupt)
    description = "Objects in, exactly labelled video shards out. Add --debug to any command for tracebacks."
    try:
        verb = tyro.extras.subcommand_cli_from_dict(VERBS, prog="posetraj", description=description, args=words)
        return verb.run()
    except PoseTrajError as error:
        if debug:
            raise
        print(f"posetraj: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        going_on = "; the same command goes on from here" if words and words[0] in RESUMABLE else ""
        print(f"posetraj: {str(stop) or 'stopped' + going_on}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    except Exception as error:
        if debug:
            raise
        print(f"posetraj: {type(error).__name__}: {error} (unexpected; --debug shows where)", file=sys.stderr)
        return 1


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
