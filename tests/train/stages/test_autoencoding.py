import pytest
import torch

from model.fresh import fresh_pipeline
from tests.train.batches import batch_of
from train.stages.autoencoding import VaeStage


@pytest.fixture(scope="module")
def batch(small):
    return batch_of(small, 2, frames=2)


def test_the_loss_falls_and_the_pictures_get_better(batch) -> None:
    stage = VaeStage(fresh_pipeline("tiny", 0).vae)
    ready = stage.prepare(batch)
    optimiser = torch.optim.AdamW(stage.trained().values(), lr=1e-3)
    found = []
    for _ in range(5):
        outcome = stage(ready)
        optimiser.zero_grad()
        outcome.total.mean().backward()
        optimiser.step()
        found.append((outcome.total.mean().item(), outcome.parts["psnr"].mean().item()))
    assert found[-1][0] < found[0][0] and found[-1][1] > found[0][1]
    assert all(weights.grad is not None for weights in stage.trained().values())


def test_psnr_is_that_of_pictures_in_0_to_1(batch) -> None:
    stage = VaeStage(fresh_pipeline("tiny", 0).vae)
    ready = stage.prepare(batch)
    with torch.no_grad():
        outcome = stage(ready)
        moments = stage.vae.encode(ready.video.flatten(0, 1)).latent_dist
        latents = moments.mean + moments.std * ready.noise.flatten(0, 1)
        shown = stage.vae.decode(latents, num_frames=2).sample.reshape(ready.video.shape)
    error = ((shown - ready.video) / 2).square().flatten(1).mean(dim=1)
    torch.testing.assert_close(outcome.parts["psnr"], -10 * error.log10(), rtol=1e-3, atol=1e-3)


def test_noise_hangs_on_the_samples_seed_alone(batch, small) -> None:
    stage = VaeStage(fresh_pipeline("tiny", 0).vae)
    alone = stage.prepare(batch_of(small, 1, start=1, frames=2))
    assert torch.equal(stage.prepare(batch).noise[1], alone.noise[0])
    assert stage.prepare(batch).noise.shape == (2, 2, 4, 4, 8)
