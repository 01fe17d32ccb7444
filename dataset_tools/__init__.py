"""The data contract: schema, geometry, shards, reader and validation."""

from dataset_tools.clip import Clip
from dataset_tools.reader import Dataset

__all__ = ["Clip", "Dataset"]
