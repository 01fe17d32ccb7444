"""Everything that imports bpy; runs in worker processes only."""
