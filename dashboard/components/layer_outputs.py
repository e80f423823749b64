"""What every layer of a network makes of one digit: feature maps of convolutions, outputs of all other units."""

from collections.abc import Iterable

import streamlit as st
from numpy.typing import NDArray

from dashboard.components import feature_maps, heatmap_grid
from dashboard.theme import Theme, signed_limit
from nnlib.losses import Loss
from nnlib.network import Network

HOW_TO_READ = (
    "Each layer's output, from top to bottom, is the next layer's input. Blue is positive, orange negative; every "
    "layer has its own colour scale."
)
CHANNELS = [8, 16, 32, 64]  # shown of a layer
MAP_SIZE, SQUARE_SIZE, STRIP_SIZE = 52, 31, 420  # the least width of a feature map, a square, a strip of units


def choose_channels(networks: Iterable[Network], key: str) -> int:
    """The most feature maps to draw of a layer; asked only if a layer has any."""
    if all(len(layer.output_shape) == 1 for network in networks for layer in network.layers):
        return CHANNELS[0]
    return st.select_slider(
        "Channels of each layer, at most",
        CHANNELS,
        value=16,
        key=key,
        persist_state="session",
        width=260,
        help="The first channels of each layer. Channel 3 of a convolution stays channel 3 in the activation and the "
        "pooling after it.",
    )


def show(
    network: Network,
    loss: Loss,
    inputs: NDArray,
    class_names: tuple[str, ...],
    most: int,
    theme: Theme,
    *,
    readable: bool,
    key: str,
):
    """The output of every layer for the scaled inputs (pixels,) of one digit, with at most `most` channels each; the
    numbers can be read under the pointer if `readable`."""
    for number, stage in enumerate(feature_maps.stages(network, loss, inputs, class_names)):
        pictures, n = stage.pictures, len(stage.pictures)
        maps = pictures.tile[0] > 1 and n > 1
        few = f" The first {most} of {n} channels are shown." if maps and n > most else ""
        st.markdown(f"**{stage.symbol}** · {stage.maker} → {stage.size}")
        st.caption(stage.sentence + few)
        heatmap_grid.show(
            pictures,
            range(min(n, most) if maps else n),
            pictures.values,
            signed_limit(pictures.values),
            theme,
            readable=readable,
            key=f"{key}_{number}",
            size=MAP_SIZE if maps else SQUARE_SIZE if n > 1 else STRIP_SIZE,
        )
