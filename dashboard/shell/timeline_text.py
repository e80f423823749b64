"""Where a snapshot is on the timeline, in words."""

from nnlib.timeline import Snapshot, Timeline
from nnlib.trainer import Trainer


def place_in_time(snapshot: Snapshot | Trainer) -> str:
    """Such as "epoch 3.00 (batch 2,580)"; mini-batches are counted from the start."""
    return f"epoch {snapshot.position:.2f} (batch {snapshot.steps:,})" if snapshot.steps else "the start, untrained"


def about_the_past(snapshot: Snapshot) -> str:
    """Which snapshot the pages show."""
    return f":material/history: You see **{place_in_time(snapshot)}**"


def about_timeline(timeline: Timeline) -> str:
    """How many snapshots there are, in how much memory."""
    snapshots, most = len(timeline.everything()), timeline.most_bytes / 2**20
    used = timeline.nbytes / 2**20
    return f"Snapshots: {snapshots:,} ({used:.1f} of {most:.0f} MB). When memory is full, old ones are thinned out."
