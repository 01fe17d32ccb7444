"""Objects in, finished shards out; all that imports Blender is in blender_gen.blender."""
