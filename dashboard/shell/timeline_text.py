"""Where on the timeline a snapshot stands, in words."""

from nnlib.timeline import Moment, Timeline
from nnlib.trainer import Trainer


def place_in_time(moment: Moment) -> str:
    """Where on the timeline: "epoch 3.00 (batch 2,580)", mini-batches counted from the start."""
    return f"epoch {moment.position:.2f} (batch {moment.steps:,})" if moment.steps else "the start, untrained"


def about_the_past(moment: Moment, trainer: Trainer, running: bool) -> str:
    """One line: of when the network is that is shown, and where the training stands."""
    training = "The training goes on, at" if running else "The training stands at"
    return f":material/history: You see **{place_in_time(moment)}**. {training} epoch {trainer.position:.2f}."


def about_timeline(timeline: Timeline, rule: str) -> str:
    """How many moments are kept, in how much memory, and which of them go."""
    moments, most = len(timeline.everything()), timeline.most_bytes / 2**20
    return f"{moments:,} moments in {timeline.nbytes / 2**20:.1f} of {most:.0f} MB. {rule}"
