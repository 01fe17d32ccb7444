"""The trajectory ControlNet on Stable Video Diffusion (not built yet)."""
