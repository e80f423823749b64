"""A visitor's laboratory: the settings, the network in training, and whether it runs. Pure Python: what a click does is
one method here, and the tests press the same buttons.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter
from weakref import ref

from dashboard.core.branch import Branch, is_finite
from nnlib.analysis.interventions import Intervention
from nnlib.datasets import Digits
from nnlib.evaluation import Evaluation
from nnlib.recipes import DEFAULT, RECIPES, Recipe
from nnlib.storage import SavedNetwork
from nnlib.timeline import Moment, Timeline
from nnlib.trainer import SAMPLE, DivergedError, Trainer

LEARNING_RATE_REPAIR = 0.1  # times the rate at which a run exploded
QUICK = 0.1  # seconds: an evaluation that takes less is done at once when a run pauses
BEARABLE = 0.5  # seconds: an evaluation that takes less is done at once where the past is shown
EVALUATE_SPACING = 10.0  # times as long as an evaluation takes: the least time between two
MOST_FRAMES = 60  # moments that an animation of the whole training shows
MOST_BRANCHES = 6
RECENT = 4.0  # times as long as reading a split takes: so much training before it is read again while it trains
SPEED_MEMORY = 0.8  # share of the older measurements in the running average of the speed


@dataclass(eq=False)
class Lab:
    """One network in training and the verbs of the dashboard. Verbs say where to go, never "toggle": a click may arrive
    twice.

    `digits` is shared by everybody and read-only. `threads` may share the work on a large mini-batch. `target` is the
    number of epochs at which a run pauses by itself. `started_anew` is the sentence for the visitor after a new network
    was made, until it is read. `cursor` is the Moment of the timeline that the pages show, None for the present, which
    they follow as it moves; `playing` while an animation moves it. `branch` is the way the training has gone, of all
    `branches`. `diverged` is the error that stopped the run, until it is repaired. `test_looks` counts
    how often the test split was evaluated.
    """

    digits: Digits
    recipe: Recipe = RECIPES[DEFAULT]
    threads: int = 1
    trainer: Trainer = field(init=False)
    running: bool = field(default=False, init=False)
    target: int | None = field(default=None, init=False)
    started_anew: str = field(default="", init=False)
    cursor: Moment | None = field(default=None, init=False)
    playing: bool = field(default=False, init=False)
    branch: Branch = field(init=False)
    diverged: DivergedError | None = field(default=None, init=False)
    examples_per_second: float | None = field(default=None, init=False)
    test_looks: int = field(default=0, init=False)

    def __post_init__(self):
        self._begin()

    def _begin(self):
        start = perf_counter()
        self.trainer = self.recipe.trainer(self.digits, timeline=Timeline(), threads=self.threads)
        self._evaluation_seconds = perf_counter() - start  # making a trainer is little more than its first evaluation
        # The next one soon, for a curve needs two points; but first some training, if evaluating is slow.
        wait = 0.0 if self._evaluation_seconds < QUICK else EVALUATE_SPACING * self._evaluation_seconds
        # In seconds of its own training: in a class each trains a thirtieth of the time, and evaluating would take all.
        self._trained, self._evaluations_seen, self._next_evaluation = 0.0, 1, wait
        self.running, self.target, self.diverged, self.examples_per_second = False, None, None, None
        self._evaluations, self._recent = {}, None
        self._weights_set = 0  # how often, otherwise than by training
        self.branch = Branch(1, None, self.timeline, self.trainer.history, self.recipe)
        self._branches, self._branches_made = [self.branch], 1
        self.look_at_present()

    # Verbs

    def run(self, to_epoch: int | None = None):
        """Train from now on, until paused or until so many epochs are finished; the present is shown."""
        self.look_at_present()
        self.running, self.target = True, to_epoch

    def pause(self):
        """Stop training."""
        self.running, self.target = False, None

    def step(self):
        """One mini-batch of the present network, paused before and after; the present is shown."""
        self.pause()
        self.look_at_present()
        self._guarded(lambda: self.trainer.step())

    def settle(self):
        """Give the curves a point where a run has paused, if that is quick."""
        if not self.running and not self.diverged and self._evaluation_seconds < QUICK:
            self.trainer.evaluate_now()

    def learn_from(self, images, labels):
        """One step on examples of the visitor's choice, between two mini-batches; paused before and after, and the
        present is shown."""
        self.pause()
        self.look_at_present()
        self._guarded(lambda: self.trainer.learn_from(images, labels))

    def intervene(self, intervention: Intervention, version: tuple):
        """Change the network in training by hand, if it is still this `version`; paused before and after."""
        self.pause()
        if self.version == version and self.may_intervene:
            self.trainer.intervene(intervention)
            self._weights_set += 1

    def reset(self):
        """Back to the same initial weights, the same settings, an empty history."""
        self._begin()
        self.started_anew = "Back at the same initial weights, untrained."

    def load(self, saved: SavedNetwork):
        """Take over a network trained elsewhere, at the end of its recipe's epochs."""
        self.recipe = saved.recipe
        self._begin()
        self.trainer.go_on_from(saved.network.parameters, saved.recipe.epochs)
        self.started_anew = f"Loaded: {saved.recipe.name}, trained for {saved.recipe.epochs} epochs."

    def change(self, recipe: Recipe):
        """Take new settings: what can change keeps training, anything else makes a new network."""
        if recipe == self.recipe:
            return
        keeps_training = self.recipe.same_network(recipe)
        self.recipe = recipe
        if keeps_training:
            self.trainer.adjust(recipe)
            if self.cursor:
                self.shown.adjust(recipe)
        else:
            self._begin()
            self.started_anew = f"Started anew: {self.architecture}, untrained."

    def go_back(self, learning_rate: float | None = None):
        """Back to the last good weights, paused, with another learning rate if one is given."""
        self.running, self.target, self.diverged = False, None, None
        self.look_at_present()
        self.trainer.restore(self.trainer.last_good)
        self._weights_set += 1  # the same steps may be taken again, to other weights
        if learning_rate is not None:
            self.change(replace(self.recipe, learning_rate=learning_rate))

    def start_again(self, learning_rate: float):
        """Back to the same initial weights, with another learning rate."""
        self.change(replace(self.recipe, learning_rate=learning_rate))
        self.reset()

    def train(self, seconds: float):
        """One slice of a run: as many mini-batches as fit, at least one."""
        if not self.running or self._reached_target():
            self.pause()
            return
        start, before = perf_counter(), self.trainer.position
        self._guarded(lambda: self._slice(seconds))
        taken = perf_counter() - start
        self._trained += taken
        self._evaluate_now_and_then()
        self._measure((self.trainer.position - before) * self.trainer.n_examples, taken)

    # The time machine

    def look_at(self, moment: Moment):
        """Show the network as it was at a moment of the timeline, until told otherwise; a training goes on. A moment
        that is no longer there, as it may be when a click arrives after the training began anew, is passed over."""
        if moment in self.timeline.moments:
            self.playing = False
            self._show(moment)

    def look_at_present(self):
        """Show the network as it stands."""
        self.playing = False
        self.cursor = self._past = self.timeline.looked_at = None

    def _show(self, moment):
        if moment is not self.cursor:
            self.cursor = self.timeline.looked_at = moment
            self._past = self.trainer.twin(moment.state)

    def play(self):
        """Show one moment after the other, from the cursor or, from the present, from the first one on."""
        if self.cursor is None and self.timeline.moments:
            self._show(self.timeline.moments[0])
        self.playing = self.cursor is not None

    def halt(self):
        """Stay at the moment that is shown."""
        self.playing = False

    def advance(self):
        """On to the next moment of the animation; after the last one, the present."""
        moments, present = self.timeline.moments, self.timeline.at(self.trainer)
        every, passed = math.ceil(len(moments) / MOST_FRAMES), len(self.timeline.until(self.cursor))
        later = [each for each in moments[passed:] if each not in (self.cursor, present)]
        if len(later) >= every:
            self._show(later[every - 1])
        else:
            self.look_at_present()

    def continue_from_here(self):
        """Make the moment shown the present one, paused, on a new branch; what came after it stays on the old one."""
        moment = self.cursor
        if moment is None:
            return
        self.pause()
        if moment is not self.timeline.at(self.trainer) or self.diverged:
            trainer = self.trainer.twin(moment.state)
            self._leave()
            trainer.timeline = self.timeline.branch(moment)
            self.look_at_present()
            self._branches_made += 1
            self._take_up(
                Branch(self._branches_made, moment.position, trainer.timeline, trainer.history, self.recipe), trainer
            )
        self.look_at_present()

    def choose_branch(self, number: int):
        """Make the branch with this number the present one, where it was left, paused and with its settings."""
        branch = next((each for each in self.branches if each.number == number), self.branch)
        if branch is self.branch:
            return
        self.pause()
        self.look_at_present()
        trainer = self.trainer.twin(branch.end.state, branch.history, branch.last_good())
        branch.timeline.go_on()
        self._leave()
        branch.history, trainer.timeline = trainer.history, branch.timeline
        self.recipe = branch.recipe
        trainer.adjust(self.recipe)
        self._take_up(branch, trainer)

    def _leave(self):
        """Keep where the present branch stands, so that it can be chosen again."""
        self.timeline.add(self.trainer)
        self.branch.recipe = self.recipe

    def _take_up(self, branch, trainer):
        self.branch, self.trainer, self.diverged = branch, trainer, None
        self._evaluations_seen = len(trainer.history.evaluations)
        self._branches = [each for each in self._branches if each is not branch] + [branch]
        for oldest in self._branches[:-MOST_BRANCHES]:
            oldest.timeline.forget()

    @property
    def branches(self) -> list[Branch]:
        """The ways the training has gone, by number; at most six, and those there is room for."""
        kept = [each for each in self._branches if each is self.branch or each.timeline.moments]
        return sorted(kept, key=lambda each: each.number)

    @property
    def moving(self) -> bool:
        """Whether what is shown changes by itself: the present network, in training."""
        return self.running and self.cursor is None

    @property
    def last_finite(self) -> Moment | None:
        """The last moment at which all weights were finite numbers and a mini-batch followed whose loss was one too."""
        earlier = (moment for moment in reversed(self.timeline.moments) if moment.steps < self.trainer.steps)
        return next(filter(is_finite, earlier), None)

    def _slice(self, seconds):
        for _ in self.trainer.run(seconds, self.target):
            pass
        if self._reached_target():
            self.pause()

    def _evaluate_now_and_then(self):
        """Points between the epochs' ends, so that the curves move in the first second; at most a tenth of the time."""
        evaluations = len(self.trainer.history.evaluations)
        if evaluations != self._evaluations_seen:
            self._evaluations_seen = evaluations
            self._next_evaluation = self._trained + EVALUATE_SPACING * self._evaluation_seconds
        elif self.running and self._trained > self._next_evaluation:
            self.trainer.begin_evaluation()

    def _reached_target(self):
        return self.target is not None and self.trainer.epochs >= self.target and not self.trainer.evaluating

    def _guarded(self, action):
        """Whether the action went well; a loss that is not finite stops the run and is kept for the visitor."""
        try:
            action()
        except DivergedError as error:
            self.running, self.target, self.diverged = False, None, error
        return self.diverged is None

    def _measure(self, examples, seconds):
        speed = examples / seconds
        before = self.examples_per_second or speed
        self.examples_per_second = SPEED_MEMORY * before + (1 - SPEED_MEMORY) * speed

    # Looking

    @property
    def timeline(self) -> Timeline:
        """Snapshots of the training so far."""
        return self.trainer.timeline

    @property
    def shown(self) -> Trainer:
        """The trainer as the pages show it, the present one or a twin as it was at the cursor: to look at, and to try
        things on copies of it."""
        return self._past or self.trainer

    @property
    def version(self) -> tuple:
        """What the weights that pages show depend on: as long as it is the same, so are they."""
        return *self.training, self.shown.steps, self.shown.position

    @property
    def training(self) -> tuple:
        """Which training they come from: the same as long as it only goes on."""
        return ref(self.shown), self._weights_set

    @property
    def evaluation_seconds(self) -> float:
        """About how long an evaluation takes."""
        return self._evaluation_seconds

    def reading_seconds(self, n: int) -> float:
        """About how long reading so many digits takes, by what the first evaluation took."""
        read = min(SAMPLE, self.trainer.n_examples) + len(self.trainer.digits.validation)
        return self._evaluation_seconds * n / read

    @property
    def may_intervene(self) -> bool:
        """Whether the network that pages show is the one in training, and sound."""
        return self.shown is self.trainer and not self.diverged

    @property
    def n_classes(self) -> int:
        """How many classes the present recipe tells apart."""
        return self.trainer.digits.n_classes

    @property
    def architecture(self) -> str:
        """The sizes of all layers, such as 784-128-10 or 784-conv32-conv64-128-10."""
        convolutions = (f"conv{filters}" for filters in self.recipe.convolutions)
        sizes = (self.trainer.digits.n_inputs, *convolutions, *self.recipe.hidden, *self.trainer.network.output_shape)
        return "-".join(map(str, sizes))

    @property
    def seconds_per_epoch(self) -> float | None:
        """How long an epoch takes at the present speed, or None before anything ran."""
        return self.trainer.n_examples / self.examples_per_second if self.examples_per_second else None

    @property
    def repaired_learning_rate(self) -> float:
        """What to try after an explosion: a tenth of the present rate."""
        return float(f"{self.recipe.learning_rate * LEARNING_RATE_REPAIR:.2g}")

    @property
    def accuracy(self) -> float | None:
        """The validation accuracy: at present, of the last evaluation; of the past, as it was at that moment, or None
        where evaluating takes long and nobody has asked for it yet."""
        if self.cursor is None:
            return self.trainer.history.evaluations.last("validation_accuracy")
        if self.cursor.evaluation is None and self._evaluation_seconds >= BEARABLE:
            return None
        return self.evaluation().accuracy

    def evaluation(self, split: str = "validation", first: int | None = None) -> Evaluation:
        """The evaluation of "train", "validation" or "test" (or its first examples) with the weights that are shown,
        computed once per step. Every new look at the test split is counted."""
        for _ in self.evaluating(split, first):
            pass
        return self._known_evaluation(split, first)

    def evaluating(self, split: str = "validation", first: int | None = None) -> Iterator[float]:
        """Make the same in small parts, and yield what share of it is done; nothing if it is known already."""
        if self._known_evaluation(split, first) is not None:
            return
        start, whole = perf_counter(), getattr(self.shown.digits, split)
        part = whole if first is None else whole.take(min(first, len(whole)))
        if self._moment and split == "validation" and self._moment.evaluation is not None:
            evaluation = self._moment.evaluation.take(len(part))
        else:
            evaluation = yield from self.shown.evaluate_in_parts(part)
        self.test_looks += split == "test"
        self._evaluations[split, first] = (self.version, evaluation)
        if self._moment and (split, first) == ("validation", None):
            self.timeline.keep_evaluation(self._moment, evaluation)
        if first is None:
            until = self._trained + RECENT * (perf_counter() - start)
            self._recent = ((self.training, split), until, evaluation, self.shown.position)

    def _known_evaluation(self, split, first):
        if self._moment and (split, first) == ("validation", None) and self._moment.evaluation is not None:
            return self._moment.evaluation
        now, evaluation = self._evaluations.get((split, first), (None, None))
        return evaluation if now == self.version else None

    @property
    def _moment(self):
        """The moment of the timeline that is shown, or None."""
        return self.cursor or self.timeline.at(self.trainer)

    def recent_evaluation(self, split: str = "validation") -> tuple[Evaluation, float]:
        """An evaluation and the epochs done by then. While it trains it may be an older one: where reading a whole
        split is slow, looking at it takes a fifth of the time and not all."""
        of = self.training, split
        if self.moving and self._recent and self._recent[0] == of and self._trained < self._recent[1]:
            return self._recent[2:]
        return self.evaluation(split), self.shown.position
