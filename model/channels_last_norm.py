"""Group normalisation of what lies with its channels last, without a copy to another layout."""

import torch
from torch import Tensor, nn


def group_normed(norm: nn.GroupNorm, tokens: Tensor) -> Tensor:
    """Return (N,L,C) normalised over L and the channels of each group, in float32 or what is longer.

    The channels' own means and variances are joined to those of the groups, so that all that runs over L runs along
    the memory, in the backward pass too. Torch's own kernel takes channels first, and so do its gradients.
    """
    wide = tokens.to(torch.promote_types(tokens.dtype, torch.float32))
    variances, means = (
        found.unflatten(-1, (norm.num_groups, -1)) for found in torch.var_mean(wide, dim=1, correction=0)
    )
    mean = means.mean(dim=-1, keepdim=True)  # (N,G,1), as all that follows with a last axis of one
    variance = variances.mean(dim=-1, keepdim=True) + (means - mean).square().mean(dim=-1, keepdim=True)
    scale = torch.rsqrt(variance + norm.eps) * norm.weight.to(wide.dtype).unflatten(0, (norm.num_groups, -1))
    shift = norm.bias.to(wide.dtype).unflatten(0, (norm.num_groups, -1)) - mean * scale
    return wide * scale.flatten(1)[:, None] + shift.flatten(1)[:, None]
