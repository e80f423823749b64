"""A visitor's laboratory: the settings, the network in training, and whether it runs. Pure Python: what a click does is
one method here, and the tests press the same buttons.
"""

from dataclasses import dataclass, field, replace
from time import perf_counter
from weakref import ref

from nnlib.datasets import Digits
from nnlib.evaluation import Evaluation
from nnlib.intervention import Intervention
from nnlib.recipes import DEFAULT, RECIPES, Recipe
from nnlib.storage import SavedNetwork
from nnlib.timeline import Moment, Timeline
from nnlib.trainer import DivergedError, Trainer

LEARNING_RATE_REPAIR = 0.1  # times the rate at which a run exploded
QUICK = 0.1  # seconds: an evaluation that takes less is done at once when a run pauses
EVALUATE_SPACING = 10.0  # times as long as an evaluation takes: the least time between two
SPEED_MEMORY = 0.8  # share of the older measurements in the running average of the speed


@dataclass(eq=False)
class Lab:
    """One network in training and the verbs of the dashboard. Verbs say where to go, never "toggle": a click may arrive
    twice.

    `digits` is shared by everybody and read-only. `threads` may share the work on a large mini-batch. `target` is the
    number of epochs at which a run pauses by itself. `started_anew` is the sentence for the visitor after a new network
    was made, until it is read. `cursor` is the Moment of the timeline that the pages show, None for the present, which
    they follow as it moves. `diverged` is the error that stopped the run, until it is repaired. `test_looks` counts
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
    diverged: DivergedError | None = field(default=None, init=False)
    examples_per_second: float | None = field(default=None, init=False)
    test_looks: int = field(default=0, init=False)

    def __post_init__(self):
        self._begin()

    def _begin(self):
        start = perf_counter()
        self.trainer = self.recipe.trainer(self.digits, timeline=Timeline())
        self.trainer.threads = self.threads
        self._evaluation_seconds = perf_counter() - start  # making a trainer is little more than its first evaluation
        # The next one soon, for a curve needs two points; but first some training, if evaluating is slow.
        wait = 0.0 if self._evaluation_seconds < QUICK else EVALUATE_SPACING * self._evaluation_seconds
        # In seconds of its own training: in a class each trains a thirtieth of the time, and evaluating would take all.
        self._trained, self._evaluations_seen, self._next_evaluation = 0.0, 1, wait
        self.running, self.target, self.diverged, self.examples_per_second = False, None, None, None
        self._evaluations = {}
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
            self._evaluations = {}

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
        self._evaluations = {}  # the same steps may be taken again, to other weights
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

    def look_at(self, moment: Moment):
        """Show the network as it was at a moment of the timeline, until told otherwise; a training goes on."""
        if moment is not self.cursor:
            self.cursor = self.timeline.looked_at = moment
            self._past = self.trainer.twin(moment.state)

    def look_at_present(self):
        """Show the network as it stands."""
        self.cursor = self._past = self.timeline.looked_at = None

    @property
    def shown(self) -> Trainer:
        """The trainer as the pages show it, the present one or a twin as it was at the cursor: to look at, and to try
        things on copies of it."""
        return self._past or self.trainer

    @property
    def version(self) -> tuple:
        """What the weights that pages show depend on: as long as it is the same, so are they."""
        return ref(self.shown), self.shown.steps, self.shown.position, len(self.shown.history.interventions)

    @property
    def evaluation_seconds(self) -> float:
        """About how long an evaluation takes."""
        return self._evaluation_seconds

    @property
    def may_intervene(self) -> bool:
        """Whether the network that pages show is the one in training, and sound."""
        return self.shown is self.trainer and not self.diverged

    def remember(self, name: str, found, about=None):
        """Keep what a view found out `about` something while the network is as it is; one for each name."""
        self._evaluations[name] = (self.version, about), found

    def remembered(self, name: str, about=None, *, or_older: bool = False):
        """What was kept under this name about this, of the network as it is, or also of it before; else None."""
        (version, kept_about), found = self._evaluations.get(name, (((None,), None), None))
        fits = version[:1] == self.version[:1] if or_older else version == self.version
        return found if fits and kept_about == about else None

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

    def evaluation(self, split: str = "validation", first: int | None = None) -> Evaluation:
        """The evaluation of "train", "validation" or "test" (or its first examples) with the weights that are shown,
        computed once per step. Every new look at the test split is counted."""
        moment = self.cursor or self.timeline.at(self.trainer)
        whole_validation = moment is not None and (split, first) == ("validation", None)
        if whole_validation and moment.evaluation is not None:
            return moment.evaluation
        key, now = (split, first), self.version
        known = self._evaluations.get(key)
        if known is None or known[0] != now:
            self.test_looks += split == "test"
            whole = getattr(self.shown.digits, split)
            part = whole if first is None else whole.take(min(first, len(whole)))
            known = self._evaluations[key] = (now, self.shown.evaluate(part))
        if whole_validation:
            self.timeline.keep_evaluation(moment, known[1])
        return known[1]
