"""Training the model and using what was trained: where datasets and `model` meet."""
