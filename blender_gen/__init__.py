"""Objects in, finished shards out: specs, trajectories, cameras, scenes and the runner; Blender stays in blender_gen.blender."""
