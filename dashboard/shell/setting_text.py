"""The names of the settings, and which of them the simple view leaves out."""

from dashboard.core.query_params import PARAMETERS
from nnlib.recipes import LIVE, RECIPES, Recipe

SIMPLE = ("learning_rate", "hidden", "batch_size")  # besides the recipe itself
NEW_NETWORK = ":material/restart_alt:"  # marks what starts a new network

LABELS = {
    "name": "Recipe",
    "hidden": "Hidden units",
    "convolutions": "Convolutions",
    "batch_norm": "Batch normalisation",
    "learning_rate": "Learning rate",
    "batch_size": "Batch size",
    "optimizer": "Optimizer",
    "momentum": "Momentum",
    "schedule": "Learning rate schedule",
    "activation": "Activation",
    "initializer": "Initialiser",
    "scale": "Initial weight scale",
    "l2": "L2",
    "dropout": "Dropout",
    "shift": "Shift",
    "rotation": "Rotation",
    "zoom": "Zoom",
    "distortion": "Distortion",
    "training_size": "Training digits",
    "seed": "Seed",
}


def label(field: str) -> str:
    """The name of a setting, marked if a change of it starts a new network."""
    return LABELS[field] if field in LIVE else f"{LABELS[field]} {NEW_NETWORK}"


def changed_elsewhere(recipe: Recipe) -> str:
    """The settings that the simple view does not show and that differ from the recipe, such as "dropout 0.2, seed 5";
    empty if there are none."""
    base = RECIPES[recipe.name]
    return ", ".join(
        f"{LABELS[field] if field == 'l2' else LABELS[field].lower()} {_text(field, getattr(recipe, field))}"
        for field in PARAMETERS
        if field not in SIMPLE and getattr(recipe, field) != getattr(base, field)
    )


def _text(field, value):
    _, to_text, _ = PARAMETERS[field]
    return f"{value:,}" if field == "training_size" and value is not None else to_text(value)
