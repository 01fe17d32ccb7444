"""How much smaller latents are than pictures."""

PIXELS_PER_LATENT = 8
"""Of SVD's VAE, and of the presets', along each side."""
