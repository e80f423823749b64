"""The pages by the names that stand in the navigation."""

NAMES = {"step": "One step", "learn": "Missions"}  # the others are called like their files


def page_name(file: str) -> str:
    """`step` -> "One step", `train` -> "Train"."""
    return NAMES.get(file, file.capitalize())
