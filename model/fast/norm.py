"""Group normalisation of what lies with its channels last, without a copy to another layout."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.fast import kernels
from model.fast.kernels.group_norm import group_norm


def group_normed(
    norm: nn.GroupNorm,
    tokens: Tensor,
    shift: Tensor | None = None,
    activated: bool = False,
    more: Tensor | None = None,
) -> Tensor:
    """Return (N,L,C) normalised over L and the channels of each group; sums are in float32 or what is longer.

    The channels' own means and variances are joined to those of the groups, so that all that runs over L runs along
    the memory, in the backward pass too. Torch's own kernel takes channels first, and so do its gradients.

    Args:
        shift: (N,S,C), added before, each row to one of S parts of L of equal length.
        activated: whether SiLU is applied to the result.
        more: (N,L,D), channels that follow those of the tokens.
    """
    if kernels.takes(tokens):
        return group_norm(tokens, more, shift, norm.weight, norm.bias, norm.num_groups, norm.eps, activated)
    if more is not None:
        tokens = torch.cat([tokens, more], dim=-1)
    wide = tokens.to(torch.promote_types(tokens.dtype, torch.float32))
    if shift is not None:
        wide = (wide.unflatten(1, (shift.shape[1], -1)) + shift[:, :, None]).flatten(1, 2)
    variances, means = (
        found.unflatten(-1, (norm.num_groups, -1)) for found in torch.var_mean(wide, dim=1, correction=0)
    )
    mean = means.mean(dim=-1, keepdim=True)  # (N,G,1), as all that follows with a last axis of one
    variance = variances.mean(dim=-1, keepdim=True) + (means - mean).square().mean(dim=-1, keepdim=True)
    scale = torch.rsqrt(variance + norm.eps) * norm.weight.to(wide.dtype).unflatten(0, (norm.num_groups, -1))
    offset = norm.bias.to(wide.dtype).unflatten(0, (norm.num_groups, -1)) - mean * scale
    said = wide * scale.flatten(1)[:, None] + offset.flatten(1)[:, None]
    return (functional.silu(said) if activated else said).to(tokens.dtype)
