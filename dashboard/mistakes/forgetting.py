"""The predictions for each digit over the snapshots of a training: when it was learned, and when forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.notation.numbers import percent
from dashboard.notation.phrases import times
from dashboard.theme import Theme
from nnlib.analysis.forgetting import forgotten, learned, per_snapshot
from nnlib.evaluation import evaluating
from nnlib.timeline import Snapshot, Timeline
from nnlib.trainer import Trainer

LEARNED_LATE, FORGOTTEN, OFTEN, NEVER = "learned late", "forgotten", "forgotten most often", "never right"
CELLS, PER_LINE = 20, 10  # at most so many ticks and crosses for one digit, and in a line
CELL = 9  # pixels wide, and about as high


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions for n validation digits at each evaluated snapshot: the `names` of the snapshots, `predicted`
    (snapshots, n) and `labels` (n,)."""

    names: list[str]
    predicted: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.names)

    @property
    def right(self) -> np.ndarray:
        """(snapshots, n)"""
        return self.predicted == self.labels


def of(snapshots: list[Snapshot], until: int) -> Predictions | None:
    """The predictions at the evaluated snapshots, up to so many steps; None if there are fewer than two."""
    seen = [(each, each.evaluation) for each in snapshots if each.evaluation is not None and each.steps <= until]
    if len(seen) < 2:
        return None
    predicted = np.array([evaluation.predicted for _, evaluation in seen], np.uint8)
    return Predictions([name(each) for each, _ in seen], predicted, seen[0][1].labels)


def name(snapshot: Snapshot) -> str:
    """`epoch 3`, or, within the first epoch, `batch 16`."""
    if 0 < snapshot.position < 1:
        return f"batch {snapshot.steps:,}"
    return f"epoch {snapshot.position:.6g}"


def unevaluated(snapshots: list[Snapshot], until: int) -> list[Snapshot]:
    """The snapshots, up to so many steps, that are not evaluated yet."""
    return [each for each in snapshots if each.evaluation is None and each.steps <= until]


def look(trainer: Trainer, timeline: Timeline, snapshots: list[Snapshot]) -> Iterator[float]:
    """Evaluate these snapshots of a timeline, one after the other, with a copy of its trainer; yields now and then."""
    if not snapshots:
        return
    copy = trainer.twin(snapshots[0].state)
    for snapshot in snapshots:
        copy.network.parameters[...] = snapshot.state.parameters
        evaluation = yield from evaluating(copy.workers, copy.digits.validation, copy.digits.n_classes)
        timeline.keep_evaluation(snapshot, evaluation)


def _learned_late(predictions):
    since = learned(predictions.right)
    late = np.flatnonzero((since > 0) & (since < len(predictions)))
    return late[np.lexsort((-forgotten(predictions.right)[late], -since[late]))]


def _forgotten(predictions):
    right = predictions.right
    gone = np.flatnonzero(right.any(axis=0) & ~right[-1])
    return gone[np.argsort(-right.sum(axis=0)[gone], kind="stable")]


def _often(predictions):
    counts = forgotten(predictions.right)
    some = np.flatnonzero(counts)
    return some[np.argsort(-counts[some], kind="stable")]


def _never(predictions):
    return np.flatnonzero(~predictions.right.any(axis=0))


CHOICES = {  # which digits, in which order
    LEARNED_LATE: (_learned_late, "Learned and not forgotten since, latest first."),
    FORGOTTEN: (_forgotten, "Right before, wrong at the last snapshot; those right most often first."),
    OFTEN: (_often, "Right at one snapshot, wrong at the next; most often first."),
    NEVER: (_never, "Wrong at every snapshot so far."),
}


# In symbols and words


def strip(right: np.ndarray, theme: Theme) -> str:
    """One digit's history (snapshots,) as an SVG of ticks and crosses, at most 20: if there are more snapshots, several
    share a sign, which is ± where they differ."""
    parts = np.array_split(right, min(CELLS, len(right)))
    lines = -(-len(parts) // PER_LINE)
    per_line = -(-len(parts) // lines)
    told = (
        f"right at {int(right.sum())} of {len(right)} snapshots, forgotten {times(int(forgotten(right[:, None])[0]))}"
    )
    width, height = CELL * per_line, (CELL + 2) * lines
    signs = "".join(_sign(part, *divmod(number, per_line), theme) for number, part in enumerate(parts))
    return (
        f'<svg role="img" aria-label="{told}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'style="display:block;margin:2px auto 0" fill="none" stroke-width="1.6"><title>{told}</title>{signs}</svg>'
    )


def _sign(part, line, column, theme):
    x, y = CELL * column, (CELL + 2) * line + 1
    if part.all():
        return f'<path d="M{x + 1} {y + 5}l2 2.5l4.5 -6.5" stroke="{theme.right}"/>'
    if not part.any():
        return f'<path d="M{x + 1.5} {y + 1.5}l5.5 5.5m0 -5.5l-5.5 5.5" stroke="{theme.wrong}"/>'
    return f'<path d="M{x + 1} {y + 3}h6.5m-3.25 -3v6m-3.25 2.5h6.5" stroke="{theme.muted}"/>'


def caption(predictions: Predictions, digit: int, class_names: tuple[str, ...]) -> str:
    """Two short lines under a digit: its truth and last guess, and since when."""
    right = predictions.right[:, digit : digit + 1]
    truth, guess = predictions.labels[digit], predictions.predicted[-1, digit]
    settled = int(learned(right)[0])
    if settled < len(predictions):
        return f"{class_names[truth]} ✓\nsince {predictions.names[settled]}"
    until = f"until {predictions.names[np.flatnonzero(right)[-1]]}" if right.any() else "never right"
    return f"✗ {class_names[guess]} → ✓ {class_names[truth]}\n{until}"


def about(predictions: Predictions) -> str:
    """How many digits were learned, and how many of them forgotten."""
    right, n = predictions.right, len(predictions.labels)
    ever, last, lost = int(right.any(axis=0).sum()), int(right[-1].sum()), forgotten(right)
    return (
        f"{len(predictions)} snapshots from {predictions.names[0]} to {predictions.names[-1]}: of {n:,} validation "
        f"digits **{ever:,}** were right at least once, **{last:,}** ({percent(last / n)}) at the last. "
        f"Forgotten at least once: **{int((lost > 0).sum()):,}**, more than once: {int((lost > 1).sum()):,}."
    )


def about_curve(predictions: Predictions) -> str:
    """The curves of learned and forgotten digits at their end."""
    new, again, lost = (int(counts[-1]) for counts in per_snapshot(predictions.right))
    return (
        f"At {predictions.names[-1]}: {new:,} right for the first time, {again:,} right again, {lost:,} forgotten "
        f"since {predictions.names[-2]}."
    )


def history(predictions: Predictions, digit: int, class_names: tuple[str, ...]) -> str:
    """The predictions for one digit, each time they changed."""
    guesses = predictions.predicted[:, digit]
    changes = [0, *(np.flatnonzero(np.diff(guesses.astype(int))) + 1)]
    told = [
        f"{predictions.names[k]}: {class_names[guesses[k]]} {'✓' if guesses[k] == predictions.labels[digit] else '✗'}"
        for k in changes
    ]
    if len(told) > 2 * PER_LINE:
        told = [*told[:PER_LINE], "…", *told[-PER_LINE:]]
    return f"Predictions for this {class_names[predictions.labels[digit]]}: {' → '.join(told)}."
