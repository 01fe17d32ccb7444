"""Open a dataset and read the first batch in the middle of its second epoch; prints how long that took as JSON.

    python benchmarks/resume.py FOLDER FRAMES CORE START

`START` is the monotonic clock's time at which the process was started.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(folder: str, frames: str, core: str, start: str) -> None:
    os.sched_setaffinity(0, {int(core)})
    import torch
    from readers import BATCH, examples

    from train.loader import batches
    from train.order import Share

    torch.set_num_threads(1)
    opened = time.clock_gettime(time.CLOCK_MONOTONIC)
    clips, found = examples(Path(folder), int(frames))
    next(iter(batches(found, Share(0, 1, BATCH), start=clips + clips // 2)))
    done = time.clock_gettime(time.CLOCK_MONOTONIC)
    print(
        json.dumps({"whole_s": done - float(start), "imports_s": opened - float(start), "first_batch_s": done - opened})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
