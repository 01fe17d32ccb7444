"""Look into a dataset in a browser: video, labels and camera, flat and in space (`posetraj inspect`)."""
