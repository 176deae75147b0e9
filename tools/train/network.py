"""The network: a GRU of one layer over a profile's watches, whose state is compared with every video.

A video's vector is its own plus a projection of its text's vector, the same going in as coming out. The loss is the
cross-entropy of a softmax over all videos but those watched before, at every place of a history: after Hidasi and
others, "Session-based recommendations with recurrent neural networks" (ICLR 2016), section 3.1, with the full softmax in
the place of their sampled ranking losses. Where the catalogue is too large for that, the softmax is over a sample of it:
after Jean and others, "On using very large target vocabulary for neural machine translation" (ACL 2015), section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch_here import torch

if TYPE_CHECKING:
    import numpy as np

WIDTH = 64

# Places of histories whose scores are held at once: some 8 MB for ten thousand videos.
PLACES_AT_ONCE = 256


class SequenceNetwork(torch.nn.Module):
    def __init__(self, texts: np.ndarray, item_dropout: float, state_dropout: float) -> None:
        super().__init__()
        self.register_buffer("texts", torch.from_numpy(texts), persistent=False)
        self.own = torch.nn.Parameter(torch.randn(len(texts), WIDTH) * 0.1)
        self.projection = torch.nn.Linear(texts.shape[1], WIDTH, bias=False)
        self.gru = torch.nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.item_dropout = torch.nn.Dropout(item_dropout)
        self.state_dropout = torch.nn.Dropout(state_dropout)

    def items(self, videos: torch.Tensor | None = None) -> torch.Tensor:
        """The vectors of the videos with these numbers, or of all, [videos, WIDTH]."""
        if videos is None:
            return self.own + self.projection(self.texts)
        return self.own[videos] + self.projection(self.texts[videos])

    def states(self, items: torch.Tensor, histories: torch.Tensor) -> torch.Tensor:
        """The state after each watch, [profiles, watches, WIDTH]."""
        return self.gru(self.item_dropout(items[histories]))[0]


class Softmax(torch.autograd.Function):
    """The sum of −log softmax(states · itemsᵀ + offsets)[target] over all places, with its gradients.

    They are found together, some places at a time, so that the scores of all places and videos never stand in memory.
    """

    @staticmethod
    def forward(context, states, items, offsets, targets, watched, smoothing):
        """`offsets`: of each video, fixed. `watched`: place and video of what is out of the question, sorted by place."""
        state_gradients, item_gradients = torch.empty_like(states), torch.zeros_like(items)
        loss = states.new_zeros(())
        for start in range(0, len(states), PLACES_AT_ONCE):
            end = min(start + PLACES_AT_ONCE, len(states))
            scores = torch.addmm(offsets, states[start:end], items.T)
            first, last = torch.searchsorted(watched[0], torch.tensor([start, end], device=states.device)).tolist()
            scores[watched[0][first:last] - start, watched[1][first:last]] = -1e9
            scores -= scores.logsumexp(1, keepdim=True)
            places = torch.arange(end - start, device=states.device)
            loss -= scores[places, targets[start:end]].sum() * (1 - smoothing)
            gradients = scores.exp_()
            gradients[places, targets[start:end]] -= 1 - smoothing
            if smoothing:
                gradients -= smoothing / len(items)
            state_gradients[start:end] = gradients @ items
            item_gradients += gradients.T @ states[start:end]
        context.save_for_backward(state_gradients, item_gradients)
        return loss

    @staticmethod
    def backward(context, gradient):
        states, items = context.saved_tensors
        return gradient * states, gradient * items, None, None, None, None
