"""Structural similarity (Wang et al. 2004)."""

from torch import Tensor

__all__ = ["similarity"]


def similarity(image: Tensor, other: Tensor) -> float:
    """Return the structural similarity of two pictures, -1 to 1: windows of a Gaussian of 1.5 px, the mean of the channels.

    Args:
        image: float32 (1, 3, H, W) in [-1, 1], at least 11 px each way.
        other: of the same size.
    """
    from skimage.metrics import structural_similarity

    one, two = ((each[0] * 0.5 + 0.5).double().numpy() for each in (image, other))
    found = structural_similarity(  # type: ignore[no-untyped-call]  # scikit-image's
        one,
        two,
        data_range=1.0,
        channel_axis=0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return float(found)
