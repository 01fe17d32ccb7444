"""The head of a README that dataset hubs read: licences, tasks, tags, size, and which files are which split."""

from collections.abc import Mapping
from typing import Any

import yaml

from dataset_tools.card.card import Card

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LARGEST = "n>1M"
HUB_SPLITS = {"train": "train", "val": "validation", "test": "test"}
MEMBER_TAGS = {"depth.npz": "depth", "normals.npz": "surface-normals", "flow.npz": "optical-flow"}


def front_matter(card: Card) -> str:
    """YAML between two lines of dashes."""
    told = yaml.safe_dump(_table(card), sort_keys=False, allow_unicode=False, width=200)
    return f"---\n{told}---\n"


def _table(card: Card) -> Mapping[str, Any]:
    members = set(card.origin.members if card.origin else card.statistics.members)
    licences = list(dict.fromkeys(use.licence.hub for use in card.licences)) or ["unknown"]
    tasks = ["image-to-video", "object-detection", "keypoint-detection"]
    tasks += ["image-segmentation"] * ("masks.npz" in members) + ["depth-estimation"] * ("depth.npz" in members)
    synthetic = ["synthetic", "6d-pose", "3d-bounding-box"] if "synthetic" in card.statistics.kinds else []
    tags = ["posetraj", "webdataset", "video", "trajectory-control", "point-tracking", *synthetic]
    tags += ["real"] * ("real" in card.statistics.kinds)
    table = {
        "pretty_name": card.title,
        "license": licences[0] if len(licences) == 1 else licences,
        **({"license_name": "see-licences-and-attribution"} if "other" in licences else {}),
        "task_categories": tasks,
        "tags": tags + [tag for member, tag in MEMBER_TAGS.items() if member in members],
        "size_categories": [_size(card.statistics.total.clips)],
    }
    splits = [split for split in HUB_SPLITS if split in card.statistics.splits]
    if splits:
        files = [{"split": HUB_SPLITS[split], "path": f"posetraj-{split}-*.tar"} for split in splits]
        table["configs"] = [{"config_name": "default", "data_files": files}]
    return table


def _size(clips: int) -> str:
    return next((name for limit, name in SIZES if clips < limit), LARGEST)
