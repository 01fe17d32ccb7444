"""Latents of whole clips, made once and read by training: FORMAT's `latents/{hash}/`."""
