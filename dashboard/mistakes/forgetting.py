"""The course of a training, digit by digit: at which moments each was read right. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.notation.numbers import percent
from dashboard.theme import Theme
from nnlib.analysis.forgetting import first_right, forgotten, learned, per_moment
from nnlib.evaluation import evaluating
from nnlib.timeline import Moment, Timeline
from nnlib.trainer import Trainer

LEARNED_LATE, FORGOTTEN, OFTEN, NEVER = "learned late", "forgotten", "forgotten most often", "never right"
CELLS, PER_LINE = 20, 10  # ticks and crosses of one digit at most, and so many of them in a line
CELL = 9  # pixels wide and high, about


@dataclass(frozen=True, eq=False)
class Course:
    """What the network made of n validation digits at each of its moments: `predicted` (moments, n), with the `names`
    of the moments; `labels` (n,)."""

    names: list[str]
    predicted: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.names)

    @property
    def right(self) -> np.ndarray:
        """(moments, n)"""
        return self.predicted == self.labels


def of(moments: list[Moment], until: int) -> Course | None:
    """The course over those moments that are evaluated, none after so many steps; None, if there are fewer than two."""
    seen = [each for each in moments if each.evaluation is not None and each.steps <= until]
    if len(seen) < 2:
        return None
    predicted = np.array([each.evaluation.predicted for each in seen], np.uint8)
    return Course([name(each) for each in seen], predicted, seen[0].evaluation.labels)


def name(moment: Moment) -> str:
    """`epoch 3`, or, within the first epoch, `batch 16`."""
    if 0 < moment.position < 1:
        return f"batch {moment.steps:,}"
    return f"epoch {moment.position:.6g}"


def unseen(moments: list[Moment], until: int) -> list[Moment]:
    """The moments that nobody has evaluated yet."""
    return [each for each in moments if each.evaluation is None and each.steps <= until]


def look(trainer: Trainer, timeline: Timeline, moments: list[Moment]) -> Iterator[int]:
    """Evaluate these moments of a timeline, with a copy of its trainer; yields now and then how many are done."""
    if not moments:
        return
    copy = trainer.twin(moments[0].state)
    for done, moment in enumerate(moments):
        copy.network.parameters[...] = moment.state.parameters
        steps = evaluating(copy.workers, copy.digits.validation, copy.digits.n_classes)
        while True:
            try:
                next(steps)
            except StopIteration as finished:
                timeline.keep_evaluation(moment, finished.value)
                break
            yield done
        yield done + 1


def _learned_late(course):
    moment = learned(course.right)
    late = np.flatnonzero((moment > 0) & (moment < len(course)))
    return late[np.lexsort((-forgotten(course.right)[late], -moment[late]))]


def _forgotten(course):
    right = course.right
    gone = np.flatnonzero(right.any(axis=0) & ~right[-1])
    return gone[np.argsort(-right.sum(axis=0)[gone], kind="stable")]


def _often(course):
    times = forgotten(course.right)
    some = np.flatnonzero(times)
    return some[np.argsort(-times[some], kind="stable")]


def _never(course):
    return np.flatnonzero(~course.right.any(axis=0))


CHOICES = {  # which digits: in what order, and what they are
    LEARNED_LATE: (_learned_late, "Right for good, those first that took longest."),
    FORGOTTEN: (_forgotten, "They were right once and are wrong now, those first that were right longest."),
    OFTEN: (_often, "Right at one look and wrong at the next, those first to which this happened most often."),
    NEVER: (_never, "Wrong at every look so far: hard ones, or mislabelled."),
}


# In signs and words


def strip(right: np.ndarray, theme: Theme) -> str:
    """One digit's history (moments,) as an SVG of ticks and crosses, at most 20: of more moments several share a sign,
    which is ± where it changed among them."""
    parts = np.array_split(right, min(CELLS, len(right)))
    lines = -(-len(parts) // PER_LINE)
    per_line = -(-len(parts) // lines)
    told = f"right at {int(right.sum())} of {len(right)} moments, forgotten {int(forgotten(right[:, None])[0])} times"
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


def caption(course: Course, digit: int, class_names: tuple[str, ...]) -> str:
    """Two short lines under a digit: what it is and as what it is read, and since when."""
    right = course.right[:, digit : digit + 1]
    truth, guess = course.labels[digit], course.predicted[-1, digit]
    first, settled = int(first_right(right)[0]), int(learned(right)[0])
    if settled < len(course):
        return f"{class_names[truth]} ✓\nsince {course.names[settled]}"
    since = "never right" if first == len(course) else f"until {course.names[_last(right)]}"
    return f"✗ {class_names[guess]} → ✓ {class_names[truth]}\n{since}"


def _last(right):
    return int(np.flatnonzero(right)[-1])


def about(course: Course) -> str:
    """How many digits were learned, and how many of them forgotten."""
    right, n = course.right, len(course.labels)
    ever, now, times = int(right.any(axis=0).sum()), int(right[-1].sum()), forgotten(right)
    return (
        f"Looked at {len(course)} times, from {course.names[0]} to {course.names[-1]}: of "
        f"{n:,} validation digits **{ever:,}** were right at least once, **{now:,}** are right now "
        f"({percent(now / n)}). **{int((times > 0).sum()):,}** were forgotten at least once, "
        f"{int((times > 1).sum()):,} of them several times."
    )


def about_curve(course: Course) -> str:
    """What the curve of new and forgotten digits says at its end."""
    new, again, lost = per_moment(course.right)
    tail = (
        "as many come as go: what it still learns it pays for with what it forgets"
        if lost[-1] and new[-1] + again[-1] <= 1.25 * lost[-1]
        else "more come than go"
        if lost[-1]
        else "nothing was forgotten"
    )
    return (
        f"At the last look, {course.names[-1]}: {new[-1]:,} right for the first time, {again[-1]:,} once more, "
        f"{lost[-1]:,} forgotten since the look before: {tail}."
    )


def history(course: Course, digit: int, class_names: tuple[str, ...]) -> str:
    """As what one digit was read, each time that changed."""
    guesses = course.predicted[:, digit]
    changes = [0, *(np.flatnonzero(np.diff(guesses.astype(int))) + 1)]
    told = [
        f"{course.names[k]}: {class_names[guesses[k]]} {'✓' if guesses[k] == course.labels[digit] else '✗'}"
        for k in changes
    ]
    if len(told) > 2 * PER_LINE:
        told = [*told[:PER_LINE], "…", *told[-PER_LINE:]]
    return f"A {class_names[course.labels[digit]]}, read as, from " + " → ".join(told) + "."
