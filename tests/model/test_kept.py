"""What is kept for a backward pass, by count and as measured."""

import torch
from torch import nn
from torch.nn import functional

from model.estimate import BF16, META, step_inputs
from model.kept import AsOnGpu, kept_for_backward
from model.losses import training_losses
from model.one_token import use_one_token_attention
from model.presets import PRESETS


def test_views_count_once_and_weights_do_not() -> None:
    layer, rows = nn.Linear(4, 8), torch.ones(2, 3, 4)
    with kept_for_backward(layer) as kept:
        layer(rows[0]).square().sum() + layer(rows[1]).square().sum()
    assert kept.bytes == 4 * (rows.numel() + 2 * 3 * 8)


def test_on_the_meta_device_types_are_those_of_autocast_and_attention_keeps_no_scores() -> None:
    layer, rows = nn.Linear(4, 8, device=META), torch.ones(2, 3, 64, 4, device=META)
    with AsOnGpu(), kept_for_backward(layer) as kept:
        shown = layer(rows)
        normal = functional.layer_norm(shown, (8,))
        attended = functional.scaled_dot_product_attention(normal, normal, normal)
    assert [tensor.dtype for tensor in (shown, normal, attended)] == [torch.bfloat16, torch.float32, torch.bfloat16]
    assert 0 < kept.bytes < BF16 * 2 * 3 * 64 * 64


def test_a_step_of_svd_keeps_what_was_measured_on_a_gpu() -> None:
    """The plain blocks, AdamW without a moving average, latents from a cache: 34.7 GiB at the peak."""
    with META:
        unet = PRESETS["svd"].make_unet().requires_grad_(False)
        controlnet = PRESETS["svd"].make_controlnet(unet).to(META)
    nn.Module.to(unet, META, torch.bfloat16)
    for network in (unet, controlnet):
        use_one_token_attention(network)
    with AsOnGpu(), kept_for_backward(unet, controlnet) as kept:
        training_losses(unet, controlnet, *step_inputs(unet, controlnet, 1, 14, (320, 576)))
    unet_size, control_size = (sum(p.numel() for p in network.parameters()) for network in (unet, controlnet))
    whole = kept.bytes + 16 * control_size + BF16 * unet_size
    assert abs(whole / 2**30 / 34.7 - 1) < 0.06
