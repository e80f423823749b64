"""Pictures made smaller, so that a session keeps and sends no more of them than is seen."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def reduced(picture: NDArray, longest: int) -> NDArray:
    """The picture, (height, width) of uint8 or float32 or (height, width, 3) of uint8, with sides of at most `longest`
    pixels, each the mean of those that it covers."""
    scale = longest / max(*picture.shape[:2], 1)
    if scale >= 1:
        return picture
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BOX))
