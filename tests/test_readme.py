"""What the README says in Python runs; its commands are run by .ci/readme_commands.py."""

import re

from tests.conftest import REPOSITORY


def test_the_python_in_the_readme_runs(shared, capsys):
    blocks = re.findall(r"```python\n(.*?)```", (REPOSITORY / "README.md").read_text(), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block.replace("demo/dataset", str(shared / "golden")), {})
    assert "(12, 112, 192, 3)" in capsys.readouterr().out


def test_every_file_that_the_documents_point_to_is_there():
    for document in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} points to {target}"
