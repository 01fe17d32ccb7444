"""Real films into shards: shots, windows, moving objects, tracks and, where it can be solved, the camera."""
