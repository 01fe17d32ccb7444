"""What is checked in a 3-D file, in plain Python, before Blender opens it."""
