import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROGRAM = Path(__file__).resolve().parents[1] / ".ci" / "readme_commands.py"


@pytest.fixture(scope="module")
def readme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme_commands", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def page(folder: Path, *lines: str) -> str:
    path = folder / "README.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_only_prompted_lines_of_console_blocks_are_commands(readme) -> None:
    text = "$ not\n```console\n$ one --a 'b'\noutput $ x\n$ two\n```\n```bash\n$ not\n```\n"
    text += "  ```console\n  $ three\n  ```\n"
    assert [(each.line, each.text) for each in readme.commands(text)] == [
        (3, "one --a 'b'"),
        (5, "two"),
        (11, "three"),
    ]


def test_a_backslash_goes_on_in_the_next_line(readme) -> None:
    (command,) = readme.commands("```console\n$ a \\\n> b \\\n    c\noutput\n```\n")
    assert (command.line, command.text.split()) == (2, ["a", "b", "c"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```console\n$ a\n", "line 1: the console block is not closed"),
        ("```console\n$ a \\\n```\n", "line 2: the command goes on"),
        ("```\n$ a\n```\n", "no command found"),
    ],
)
def test_a_block_that_cannot_be_run_is_refused(readme, text, message) -> None:
    with pytest.raises(readme.ReadmeError, match=message):
        readme.commands(text)


def test_commands_run_in_order_in_the_files_folder(readme, tmp_path, capfd) -> None:
    path = page(tmp_path, "```console", "$ echo one > made", "$ cat made; echo two >> made", "```")
    assert readme.main([path]) == 0
    assert (tmp_path / "made").read_text() == "one\ntwo\n"
    assert "$ cat made; echo two >> made\none\n" in capfd.readouterr().out


def test_the_environments_programs_come_first(readme, tmp_path, capfd) -> None:
    program = tmp_path / ".venv/bin/posetraj"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho ours $1\n")
    program.chmod(0o755)
    assert readme.main([page(tmp_path, "```console", "$ posetraj doctor", "```")]) == 0
    assert "ours doctor" in capfd.readouterr().out


@pytest.mark.parametrize("failing", ["false", "exit 7", "false | true", "echo $UNSET_VARIABLE_OF_THIS_TEST"])
def test_the_first_command_that_fails_ends_the_run(readme, tmp_path, capfd, failing) -> None:
    path = page(tmp_path, "```console", "$ true", f"$ {failing}", "$ touch after", "```")
    assert readme.main([path]) == 1
    assert "README.md:3: exit status" in capfd.readouterr().err
    assert not (tmp_path / "after").exists()


def test_excepted_commands_are_listed_and_not_run(readme, tmp_path, capfd) -> None:
    path = page(tmp_path, "```console", "$ touch a", "$ touch b", "```")
    assert readme.main([path, "--except", "touch a"]) == 0
    assert [(tmp_path / name).exists() for name in "ab"] == [False, True]
    assert readme.main([path, "--list"]) == 0
    assert "README.md:2: touch a\nREADME.md:3: touch b\n" in capfd.readouterr().out


def test_a_file_that_is_not_there_is_one_line_of_error(readme, tmp_path, capfd) -> None:
    assert readme.main([str(tmp_path / "none.md")]) == 1
    assert capfd.readouterr().err.count("\n") == 1
