"""The settings in the sidebar: a few, or all."""

import streamlit as st

from dashboard.components.button import button
from dashboard.core import setting_widgets
from dashboard.core.lab import Lab
from dashboard.core.query_params import ALL, LONGEST, MAX_HIDDEN_LAYERS
from dashboard.notation.optimizers import describe
from dashboard.shell import earlier_runs_view, setting_text
from nnlib.activations import ACTIVATIONS
from nnlib.datasets import MNIST_DIGEST
from nnlib.initializers import INITIALIZERS
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES, SYSTEMS
from nnlib.schedules import SCHEDULES

MAX_UNITS = 512
NEW_LAYER_UNITS = 32

LEARNING_RATES = [float(f"{digit}e{power}") for power in range(-4, 1) for digit in (1, 2, 3, 5, 7)] + [10.0]
BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, None]
L2_STRENGTHS = [0.0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1]
WEIGHT_SCALES = [0.01, 0.1, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0]
TRAINING_SIZES = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, None]

ACTIVATION_NAMES = {"relu": "ReLU", "leaky-relu": "Leaky ReLU", "sigmoid": "sigmoid", "tanh": "tanh"}
INITIALIZER_NAMES = {"he": "He", "xavier": "Xavier", "uniform": "uniform −0.5 … 0.5", "zero": "zero"}


SIMPLE, ALL_SETTINGS = "Simple", "All settings"


def settings(lab: Lab, folded: bool):
    """The settings: the few that matter first, or all. On a page that does not depend on them they are `folded`."""
    setting_widgets.show_settings()
    with st.expander("Settings", icon=":material/tune:") if folded else st.container():
        _settings(lab)


def _settings(lab):
    recipe = lab.settings
    shown = st.segmented_control(
        "Settings",
        [SIMPLE, ALL_SETTINGS],
        default=SIMPLE,
        required=True,
        key="settings_shown",
        label_visibility="collapsed",
        width="stretch",
    )
    elsewhere = setting_text.changed_elsewhere(recipe) if shown == SIMPLE else ""
    with st.container():
        if elsewhere:
            st.caption(f":material/tune: Also changed: {elsewhere}.")
    _learning_rate(recipe)
    _hidden_layers(recipe)
    _batch_size(recipe)
    _recipe(recipe, "" if lab.digits.digest == MNIST_DIGEST else " on MNIST")
    earlier_runs_view.bring_back(lab)
    if shown == ALL_SETTINGS:
        st.markdown("**Optimizer**")
        _optimizer(recipe)
        st.markdown("**Regularisation**")
        _regularisation(recipe)
        st.markdown("**Network**")
        _network(recipe)
        st.markdown("**Data**")
        _data(recipe)
    st.caption(
        f"{setting_text.NEW_NETWORK} starts a new network. To share these settings, copy the address of this page."
    )


def _setting(widget, field, help, **options):
    """A widget bound to a field of the recipe."""
    options.setdefault("on_change", setting_widgets.apply_setting)
    if options["on_change"] is setting_widgets.apply_setting:
        options["args"] = (field,)
    return widget(setting_text.label(field), key=setting_widgets.setting_key(field), help=help, **options)


def _slider(recipe, field, most, step, help, format=None):
    """A slider from 0 that holds the current value, whatever that is."""
    most = max(most, getattr(recipe, field))
    _setting(st.slider, field, help, min_value=type(step)(0), max_value=most, step=step, format=format)


def _choice_slider(recipe, field, values, text, help):
    """A slider over these values and the current one."""
    value = getattr(recipe, field)
    numbers = sorted({each for each in (*values, value) if each is not None})
    options = numbers + [None] * (None in values)
    _setting(st.select_slider, field, help, options=options, format_func=text)


def _general(number):
    return f"{number:g}"


def _count_or_all(size):
    return ALL if size is None else f"{size:,}"


def _learning_rate(recipe):
    help = (
        "The step size: how far each update moves the weights. Too small, and learning is slow; too large, and the "
        "loss jumps about or explodes."
    )
    _choice_slider(recipe, "learning_rate", LEARNING_RATES, _general, help)


def _batch_size(recipe):
    help = (
        "How many digits make up a mini-batch, the examples of one training step. “all” is full-batch gradient descent."
    )
    _choice_slider(recipe, "batch_size", BATCH_SIZES, _count_or_all, help)


def _recipe(recipe, on):
    help = "A network and its training: sets all settings and starts a new network."
    _setting(
        st.selectbox,
        "name",
        help,
        options=RECIPES,
        format_func=lambda name: SYSTEMS[name].label,
        on_change=setting_widgets.choose_recipe,
    )
    system = SYSTEMS[recipe.name]
    changed = "" if recipe == RECIPES[recipe.name] else " *Modified by you.*"
    published = f" Published test accuracy{on}: {system.published:g}." if system.published else ""
    st.caption(f"{system.summary}{published} Source: {system.origin}.{changed}")


def _optimizer(recipe):
    _setting(
        st.selectbox,
        "optimizer",
        "How the gradient becomes an update. Choosing one keeps the weights, and sets a suitable learning rate; its "
        "running averages start at zero.",
        options=OPTIMIZERS,
        format_func=lambda name: describe(OPTIMIZERS[name]).label,
        on_change=setting_widgets.choose_optimizer,
    )
    with st.container():
        if "momentum" in OPTIMIZERS[recipe.optimizer].settings:
            help = "The share of the previous step's velocity that is kept; 0 is plain gradient descent."
            _slider(recipe, "momentum", 0.99, 0.01, help)
    help = (
        "How the learning rate changes during training: not at all, in steps, or along a cosine, over "
        f"{recipe.epochs} planned epochs."
    )
    _setting(st.selectbox, "schedule", help, options=SCHEDULES)


def _regularisation(recipe):
    help = "Adds L2 / 2 times the sum of all squared weights to the loss, which keeps weights small."
    _choice_slider(recipe, "l2", L2_STRENGTHS, _general, help)
    help = "The share of hidden units switched off at random in each training step, so that none relies on another."
    _slider(recipe, "dropout", 0.9, 0.05, help)
    with st.expander("Augmentation", icon=":material/auto_awesome_motion:", expanded=bool(recipe.augmentation)):
        _augmentation(recipe)


def _augmentation(recipe):
    used = "Each time a training digit is used, "
    help = f"{used}it is shifted at random by up to this many pixels, horizontally and vertically. The network learns "
    _slider(recipe, "shift", 4, 1, f"{help}that position does not matter.", "%d px")
    help = f"{used}it is rotated at random by up to this angle, in either direction."
    _slider(recipe, "rotation", 45.0, 1.0, help, "%g°")
    help = f"{used}it is enlarged or shrunk at random by up to this share."
    _slider(recipe, "zoom", 0.3, 0.01, help, "percent")
    help = (
        "Elastic distortion: each time a training digit is used, its strokes are bent by a smooth random displacement "
        "of about this many pixels, like another person's handwriting."
    )
    _slider(recipe, "distortion", 3.0, 0.1, help, "%g px")


def _hidden_layers(recipe):
    layers = len(recipe.hidden)
    with st.container():
        for layer, units in enumerate(recipe.hidden):
            st.slider(
                setting_text.label("hidden")
                if layers == 1
                else f"Layer {layer + 1}: {setting_text.label('hidden').lower()}",
                1,
                max(MAX_UNITS, units),
                key=setting_widgets.units_key(layer),
                on_change=setting_widgets.apply_units,
                args=(layer,),
                help="How many units this layer has. Each is connected to every output of the layer before.",
            )
    with st.container(horizontal=True, gap="xsmall"):
        help = f"Adds a hidden layer of {NEW_LAYER_UNITS} units; at most {MAX_HIDDEN_LAYERS} layers."
        add, full = setting_widgets.add_layer, layers >= MAX_HIDDEN_LAYERS
        button("Add layer", "add_layer", "add", help, add, NEW_LAYER_UNITS, layers + 1, disabled=full)
        help = "Removes the last hidden layer. Without hidden layers the class scores are weighted sums of the pixels."
        remove = setting_widgets.remove_layer
        button("Remove", "remove_layer", "remove", help, remove, max(layers - 1, 0), disabled=layers == 0)


def _network(recipe):
    _setting(
        st.selectbox,
        "activation",
        "The nonlinear function applied to a hidden layer's weighted sums. Without one, all layers together would be a "
        "single linear layer.",
        options=ACTIVATIONS,
        format_func=lambda name: ACTIVATION_NAMES.get(name, name),
    )
    _setting(
        st.selectbox,
        "initializer",
        "How the initial weights are drawn. He suits ReLU, Xavier suits tanh and sigmoid; try zero to see why "
        "randomness is needed.",
        options=INITIALIZERS,
        format_func=lambda name: INITIALIZER_NAMES.get(name, name),
    )
    help = (
        "In every mini-batch, brings each unit's weighted sums to mean 0 and variance 1 before the activation, then "
        "scales and shifts them by two learned numbers. Allows larger learning rates."
    )
    _setting(st.toggle, "batch_norm", help)
    help = (
        "The kernels of each convolution, such as 32-64: max pooling follows each. With “pool” written out it stands "
        "only there: 32-pool-64-64-pool. “none” for no convolution."
    )
    on_change = setting_widgets.apply_convolutions
    _setting(st.text_input, "convolutions", help, on_change=on_change, max_chars=LONGEST)
    help = "A factor on all initial weights; 1 leaves them as the initialiser draws them."
    _choice_slider(recipe, "scale", WEIGHT_SCALES, _general, help)


def _data(recipe):
    help = "How many digits the network is trained on. With few, it memorises them and fails on new ones."
    _choice_slider(recipe, "training_size", TRAINING_SIZES, _count_or_all, help)
    help = "Fixes all randomness: initial weights, order of the digits, dropout. The same seed gives the same run."
    _setting(st.number_input, "seed", help, min_value=0, max_value=2**32 - 1, step=1)
