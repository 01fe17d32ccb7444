"""Cross-attention to a single token, without the attention."""

from diffusers.models.attention_processor import Attention
from torch import Tensor, nn


def said_of_token(attention: Attention, token: Tensor) -> Tensor:
    """Return what a cross-attention says (...,1,D) at every place, of a context (...,1,C) of one token."""
    said = attention.to_v(token)
    for layer in attention.to_out:
        said = layer(said)
    return said / attention.rescale_output_factor


class OneTokenProcessor:
    """An attention processor for contexts of one token, such as SVD's condition image.

    The softmax over one score is 1 whatever the query, so the output is `to_out(to_v(context))` at every place:
    queries, keys and scores need not be computed.
    """

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Return (B,L,D) for hidden states (B,L,D) and a context (B,1,C); raises ValueError for longer contexts."""
        if encoder_hidden_states is None or encoder_hidden_states.shape[1] != 1 or attention_mask is not None:
            raise ValueError("this processor attends to exactly one token; give the module its former processor back")
        return said_of_token(attn, encoder_hidden_states).expand_as(hidden_states)


def use_one_token_attention(network: nn.Module) -> int:
    """Give all cross-attentions (`attn2`) of an SVD network this processor; return how many there are.

    What the queries and keys are made of has no gradient any more (it was zero) and is no longer trained.
    """
    found = [module for module in network.modules() if isinstance(getattr(module, "attn2", None), Attention)]
    for block in found:
        block.attn2.set_processor(OneTokenProcessor())
        for unused in (block.norm2, block.attn2.to_q, block.attn2.to_k):
            unused.requires_grad_(False)
    return len(found)
