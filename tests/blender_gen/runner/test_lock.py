"""One run at a time on a folder."""

import pytest

from blender_gen.runner.lock import folder_lock
from dataset_tools.errors import PoseTrajError


def test_a_second_run_on_the_same_folder_is_refused(tmp_path):
    path = tmp_path / "out" / ".work" / "lock"
    with folder_lock(path):
        with pytest.raises(PoseTrajError, match="another run"):
            with folder_lock(path):
                pass
    with folder_lock(path):
        pass
