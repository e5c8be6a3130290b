"""Muon for many matrices of few shapes: those of one shape are made orthogonal in one go, in half the time."""

from __future__ import annotations

import torch
from torch import Tensor

# Newton and Schulz's iteration as Keller Jordan tuned it for Muon (2024); a step as long as Adam's (Liu and others, 2025).
TIMES, FACTORS, LENGTH = 5, (3.4445, -4.7750, 2.0315), 0.2
MOMENTUM, DECAY = 0.95, 0.02


class Muon(torch.optim.Optimizer):
    """Steps along the nearest matrix whose directions are all as long, after Nesterov's momentum; weights decay."""

    def __init__(self, matrices: list[Tensor], lr: float) -> None:
        shapes = sorted({tuple(matrix.shape) for matrix in matrices})
        groups = [{"params": [matrix for matrix in matrices if tuple(matrix.shape) == shape]} for shape in shapes]
        super().__init__(groups, {"lr": lr})

    @torch.no_grad()
    def step(self) -> None:
        """One step along the gradients that the matrices hold."""
        for group in self.param_groups:
            matrices: list[Tensor] = group["params"]
            grads = torch.stack([matrix.grad for matrix in matrices])
            state = self.state[matrices[0]]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(grads)
            momentum = state["momentum"].lerp_(grads, 1 - MOMENTUM)
            rate = group["lr"] * LENGTH * max(grads.shape[1:]) ** 0.5
            torch._foreach_mul_(matrices, 1 - group["lr"] * DECAY)
            torch._foreach_sub_(matrices, list(orthogonal(grads.lerp(momentum, MOMENTUM)) * rate))


def orthogonal(matrices: Tensor) -> Tensor:
    """For each of a stack of matrices about the nearest one whose singular values are all 1."""
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    x = x.transpose(1, 2) if tall else x
    x = x / x.float().norm(dim=(1, 2), keepdim=True).clamp(min=1e-7).bfloat16()
    first, third, fifth = FACTORS
    for _ in range(TIMES):
        gram = torch.bmm(x, x.transpose(1, 2))
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=third, alpha=fifth), x, beta=first)
    return (x.transpose(1, 2) if tall else x).float()
