"""Objectives on whole distributions: they need no pairs, only that both sides are drawn from the same things.

CORAL: Sun and Saenko, "Deep CORAL" (2016). MMD: Gretton et al., "A Kernel Two-Sample Test" (2012).
"""

from __future__ import annotations

from torch import Tensor, nn

BANDWIDTHS = (0.25, 0.5, 1.0, 2.0)  # squared distances of unit vectors lie in 0..4


class Coral(nn.Module):
    """See `base.Objective`. The squared Frobenius distance of the covariances, and the squared distance of the means.

    The published form divides by 4 d^2; unit vectors have covariances of about 1/d, so d^2 is left out.
    """

    def forward(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        apart = (left.mean(dim=0) - right.mean(dim=0)).square().sum()
        return (_covariance(left) - _covariance(right)).square().sum() / 4 + apart


class Mmd(nn.Module):
    """See `base.Objective`. The squared maximum mean discrepancy under a sum of Gaussian kernels."""

    def forward(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        return _kernel(left, left).mean() + _kernel(right, right).mean() - 2 * _kernel(left, right).mean()


def _covariance(rows: Tensor) -> Tensor:
    centred = rows - rows.mean(dim=0)
    return centred.T @ centred / max(1, len(rows) - 1)


def _kernel(left: Tensor, right: Tensor) -> Tensor:
    squared = (2 - 2 * left @ right.T).clamp_min(0.0)
    kernels = [(-squared / (2 * width)).exp() for width in BANDWIDTHS]
    out: Tensor = sum(kernels[1:], kernels[0]) / len(BANDWIDTHS)
    return out
