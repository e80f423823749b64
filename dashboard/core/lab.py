"""A visitor's laboratory: the settings, the network in training, and whether it runs. Pure Python: each click calls one
method here.
"""

import math
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from time import perf_counter
from weakref import WeakKeyDictionary, ref

from dashboard.core import earlier_runs
from dashboard.core.branch import Branch, is_finite
from dashboard.core.earlier_runs import Run, architecture
from dashboard.core.limits import LIMITS
from dashboard.core.own_digits import OwnDigits
from dashboard.core.pace import Pace
from dashboard.core.training_trouble import repaired_learning_rate
from dashboard.notation.phrases import MINE
from nnlib.analysis.interventions import Intervention
from nnlib.bugs.bug import Bug
from nnlib.bugs.buggy_recipe import bug_in, buggy, sound
from nnlib.checkpoints import SAMPLE, DivergedError
from nnlib.datasets import DatasetError, Digits, Split
from nnlib.evaluation import Evaluation
from nnlib.recipes import DEFAULT, RECIPES, SYSTEMS, Recipe, RecipeError
from nnlib.storage import SavedNetwork
from nnlib.timeline import MOST_BYTES, Snapshot, Timeline
from nnlib.trainer import Trainer

QUICK = 0.1  # seconds: a faster evaluation is done at once when a run pauses
BEARABLE = 0.5  # seconds: a faster evaluation is done at once when a snapshot is shown
EVALUATE_SPACING = 10.0  # durations of an evaluation: the minimum time between two
MOST_FRAMES = 60  # snapshots in an animation
MOST_BRANCHES = 6
RECENT = 4.0  # durations of reading a split: the minimum training time before it is read again
SPEED_MEMORY = 0.8  # weight of older measurements in the running average of the speed


@dataclass(eq=False)
class Lab:
    """One network in training and the dashboard's verbs, none of which toggles: Pause pauses, however often it comes.

    `digits` are all digits of the data set: read-only, and shared by all visitors unless one uploaded them. `threads`
    may share the work on a large mini-batch. `target` is the number of epochs at which a run pauses by itself.
    `started_anew` is a message about a new network, until it is shown. `cursor` is the snapshot that the pages show,
    None for the present; `playing` says whether an animation moves it. `branch` is the present one of all `branches`.
    `diverged` is the error that stopped the run, until it is repaired. `test_looks` counts the evaluations of the test
    split. `pace` is how fast it runs. `own_digits` are what the visitor has drawn or uploaded.
    """

    digits: Digits
    recipe: Recipe = RECIPES[DEFAULT]
    threads: int = 1
    trainer: Trainer = field(init=False)
    running: bool = field(default=False, init=False)
    target: int | None = field(default=None, init=False)
    started_anew: str = field(default="", init=False)
    cursor: Snapshot | None = field(default=None, init=False)
    playing: bool = field(default=False, init=False)
    branch: Branch = field(init=False)
    diverged: DivergedError | None = field(default=None, init=False)
    examples_per_second: float | None = field(default=None, init=False)
    test_looks: int = field(default=0, init=False)
    pace: Pace = field(default_factory=Pace, init=False)
    own_digits: OwnDigits = field(init=False)

    def __post_init__(self):
        self._own_digits: WeakKeyDictionary[Digits, OwnDigits] = WeakKeyDictionary()
        self._past: Trainer | None = None  # the one at the cursor
        self._earlier: list[Run] = []
        self._left = 0  # how many runs
        self._before_bug = self.recipe
        self._weights_set = 0  # how often, otherwise than by training
        self._enter(self._new_run(self.recipe, self.digits))

    def _start(self, recipe, digits=None) -> str:
        """A new network in place of the present run, which is kept; a sentence that says so."""
        # What does not fit the data, or into memory, is refused before anything changes.
        return self._replace_by(self._new_run(recipe, digits or self.digits))

    def _replace_by(self, run) -> str:
        kept = self._leave_run()
        self._enter(run)
        return kept

    def _new_run(self, recipe, digits):
        LIMITS.check(recipe, digits)
        start = perf_counter()
        timeline = Timeline()
        trainer = recipe.trainer(digits, timeline=timeline, threads=self.threads)
        seconds = perf_counter() - start  # the first evaluation takes most of this
        branch = Branch(1, None, timeline, trainer.history, recipe)
        return Run(digits, trainer, branch, [branch], 1, seconds)

    def _enter(self, run):
        self.digits = run.digits
        self.own_digits = self._own_digits.setdefault(
            self.digits, OwnDigits(self.digits.image_shape, self.digits.class_names)
        )
        self.recipe, self.trainer, self.branch = run.trainer.recipe, run.trainer, run.branch
        self._branches, self._branches_made = run.branches, run.branches_made
        self._evaluation_seconds, self.diverged = run.evaluation_seconds, run.diverged
        # A curve needs a second point soon, but where evaluating is slow, some training comes first.
        wait = 0.0 if self._evaluation_seconds < QUICK else EVALUATE_SPACING * self._evaluation_seconds
        # In seconds of this lab's own training: among many visitors it trains only a small share of the time. In slow
        # motion the time between two mini-batches counts too.
        self._trained, self._next_evaluation = 0.0, wait
        self._evaluations_seen = len(self.trainer.history.evaluations)
        self.running, self.target, self.examples_per_second = False, None, None
        self._unmeasured = 0.0  # seconds
        self._jumped = False  # to a snapshot
        self._evaluations, self._recent = {}, None
        self.look_at_present()

    def _leave_run(self) -> str:
        """Keep the present run unless nothing was trained in it; a sentence that says so."""
        self.look_at_present()
        trainer = self.trainer
        if not self._changed:
            return ""
        trainer.threads = self.threads  # lets go of the buffers of a large batch
        self._left += 1
        run = self._as_run()
        run.number = self._left
        self._earlier = earlier_runs.kept([*self._earlier, run])
        return " The run before is kept: bring it back in the settings."

    def _as_run(self) -> Run:
        branches = self.branch, self._branches, self._branches_made
        return Run(self.digits, self.trainer, *branches, self._evaluation_seconds, self.diverged)

    # Verbs

    def run(self, to_epoch: int | None = None):
        """Train until paused, at the chosen pace, or until so many epochs are finished, as fast as it can; shows the
        present."""
        self.look_at_present()
        self.pace.begin()
        self.running, self.target = True, to_epoch

    def next_target(self, epochs: int) -> int:
        """So many epochs from now, or from where the run will pause by itself."""
        return (self.trainer.epochs if self.target is None else self.target) + epochs

    def run_epochs(self, epochs: int):
        """Train so many epochs more; asked for again meanwhile, so many more."""
        self.run(self.next_target(epochs))

    def pause(self):
        """Stop training."""
        self.running, self.target = False, None

    def step(self):
        """One training step, paused before and after; shows the present."""
        self.pause()
        self.look_at_present()
        self._guarded(lambda: self.trainer.step())

    def settle(self) -> bool:
        """Begin to add a point to the curves where a run has paused, if evaluating is quick, or the run has just
        continued from a snapshot. Whether an evaluation is to be finished, by `trainer.finishing_evaluation`."""
        if self.running or self.diverged:
            return False
        if self._evaluation_seconds < QUICK or self._jumped:
            self.trainer.begin_evaluation()
        self._jumped = False
        return self.trainer.evaluating

    def learn_from(self, images, labels):
        """One training step on examples of the visitor's choice, paused before and after; shows the present."""
        self.pause()
        self.look_at_present()
        self._guarded(lambda: self.trainer.learn_from(images, labels))

    def teach(self, batches: Iterable[Split], learning_rate: float) -> Generator[None, None, None]:
        """One training step on each of these batches and an evaluation, in small parts, paused before and after. This
        happens on a new branch from the network shown, unless the present one was taught before; so the network before
        can be shown again. A loss that is not finite ends it."""
        self.pause()
        snapshot = self.cursor or self.timeline.add(self.trainer)
        if snapshot is not self.timeline.at(self.trainer) or not self.branch.taught or self.diverged:
            self._branch_off(snapshot)
            self.branch.taught = True
        self.look_at_present()
        trainer = self.trainer
        try:
            with closing(trainer.learn_from_each(batches, learning_rate)) as steps:
                for _ in steps:
                    yield
        except DivergedError as error:
            self.diverged = error
        yield from trainer.finishing_evaluation()

    def intervene(self, intervention: Intervention, version: tuple):
        """Change the network in training by hand, if it is still this `version`; paused before and after."""
        self.pause()
        if self.version == version and self.may_intervene:
            self.trainer.intervene(intervention)
            self._weights_set += 1

    def reset(self):
        """Back to the same initial weights, with the same settings and an empty history."""
        self._reset(self.recipe)

    def _reset(self, recipe):
        kept = self._start(recipe)
        self.started_anew = f"Reset to the same initial weights.{kept}"

    def bring_back(self, number: int):
        """Make the earlier run with this number the present one, exactly as it was left, paused. One that no longer
        exists, because the click arrived twice, is ignored."""
        run = next((each for each in self._earlier if each.number == number), None)
        if run is None:
            return
        self._earlier.remove(run)
        self._leave_run()
        self._enter(run)
        self.timeline.limit(MOST_BYTES)
        self.started_anew = f"Back to {self.architecture} as it was left, at epoch {self.trainer.position:.2f}."

    def load(self, saved: SavedNetwork):
        """Replace the network by a saved one, trained for its recipe's epochs. Raises StorageError, and changes
        nothing, if it does not fit the data."""
        saved.expect_fit(self.digits)
        run = self._new_run(self._with_bug(saved.recipe), self.digits)
        run.trainer.go_on_from(saved.network.parameters, saved.recipe.epochs)
        kept = self._replace_by(run)
        name = SYSTEMS[saved.recipe.name].called if saved.recipe.name in SYSTEMS else saved.recipe.name
        elsewhere = saved.trained_elsewhere(self.digits)
        on = f" on {elsewhere}" if elsewhere else ""
        self.started_anew = f"Loaded “{name}”, trained for {saved.recipe.epochs} epochs{on}.{kept}"

    def use(self, digits: Digits):
        """Learn from other data: a new network, by the present recipe if that fits them, else by the default one.
        Raises RecipeError or DatasetError, and changes nothing, if none does."""
        if digits is self.digits:
            return
        try:
            run = self._new_run(self.recipe, digits)
        except (RecipeError, DatasetError):
            run = self._new_run(self._with_bug(RECIPES[DEFAULT]), digits)
        kept = self._replace_by(run)
        self.started_anew = f"Data: {digits.name}. New network: {self.architecture}, untrained.{kept}"

    def hide(self, bug: Bug):
        """A new network by the default recipe with a bug in it, in the settings that bring it out; a sound network
        before is kept. Whatever is changed, loaded or reset from then on has the bug too, until it is taken out."""
        before, sick = self.settings, self.bug is not None
        kept = self._start(buggy(bug.recipe(RECIPES[DEFAULT]), bug))
        self._keep_sound_runs()
        if not sick:
            self._before_bug = before
        self.started_anew = f"New network, with a hidden bug in it.{kept * (not sick)}"

    def take_bug_out(self):
        """A new network without a bug, with the settings from before it. No run with a bug is kept."""
        if self.bug is None:
            return
        try:
            run = self._new_run(self._before_bug, self.digits)
        except (RecipeError, DatasetError):  # of other data by now
            run = self._new_run(self.settings, self.digits)
        self._enter(run)
        self._keep_sound_runs()
        self.started_anew = f"The bug is out. New network: {self.architecture}, untrained."

    def _keep_sound_runs(self):
        self._earlier = [run for run in self._earlier if bug_in(run.trainer.recipe) is None]

    @property
    def bug(self) -> Bug | None:
        """The bug in the present network, or None."""
        return bug_in(self.recipe)

    @property
    def settings(self) -> Recipe:
        """The recipe without its bug."""
        return sound(self.recipe)

    def _with_bug(self, recipe):
        return recipe if self.bug is None else buggy(recipe, self.bug)

    def change(self, recipe: Recipe):
        """Apply new settings; one that cannot change during training starts a new network. Raises RecipeError, and
        changes nothing, if that does not fit the data."""
        recipe = self._with_bug(recipe)
        if recipe == self.recipe:
            return
        before = self.recipe
        if before.same_network(recipe):
            self.trainer.adjust(recipe)
            self.recipe = recipe
            if self.cursor and recipe.optimizer != before.optimizer:
                self._past = self.trainer.twin(self.cursor.state)  # it may be the optimizer of then
            elif self.cursor:
                self.shown.adjust(recipe)
        else:
            kept = self._start(recipe)
            self.started_anew = f"New network: {self.architecture}, untrained.{kept}"

    def begin(self, recipe: Recipe):
        """A new, untrained network with these settings, even if they could change during training. Raises RecipeError,
        and changes nothing, if it does not fit the data."""
        kept = self._start(self._with_bug(recipe))
        self.started_anew = f"New network: {self.architecture}, untrained.{kept}"

    def return_to(self, recipe: Recipe):
        """Back or forward to settings of before. If they need another network, the newest earlier run with such a
        network becomes the present one, as it was left. Raises RecipeError as `change` does."""
        recipe = self._with_bug(recipe)
        if not self.recipe.same_network(recipe):
            fitting = [run for run in self._earlier if run.trainer.recipe.same_network(recipe)]
            exact = [run for run in fitting if run.trainer.recipe == recipe]
            for run in (exact or fitting)[-1:]:
                self.bring_back(run.number)
        self.change(recipe)

    def go_back(self, learning_rate: float | None = None):
        """Back to the last good weights, paused, with another learning rate if given."""
        self.running, self.target, self.diverged, self.examples_per_second = False, None, None, None
        self.look_at_present()
        self.trainer.restore(self.trainer.last_good)
        self._weights_set += 1  # the same step numbers may now lead to other weights
        if learning_rate is not None:
            self.change(replace(self.recipe, learning_rate=learning_rate))

    def start_again(self, learning_rate: float):
        """Back to the same initial weights, with another learning rate."""
        self._reset(replace(self.recipe, learning_rate=learning_rate))

    def train(self, seconds: float):
        """One slice of a run: as many mini-batches as fit into so many seconds, at least one, unless none is due."""
        if not self.running or self._reached_target():
            self.pause()
            return
        rate, most, before, steps = self.rate, None, self.trainer.position, self.trainer.steps
        if rate is not None:
            most = self.pace.allowed(rate)
        start, evaluating = perf_counter(), self.trainer.evaluation_seconds
        self._guarded(lambda: self._slice(seconds, most))
        taken = perf_counter() - start
        self._measure(
            (self.trainer.position - before) * self.trainer.n_examples,
            taken - (self.trainer.evaluation_seconds - evaluating),
        )
        if rate is not None:
            share = (self.trainer.steps - steps) / rate
            self.pace.due += share
            taken = max(taken, share)
        self._trained += taken
        self._evaluate_now_and_then()

    # The time machine

    def look_at(self, snapshot: Snapshot):
        """Show a snapshot of the timeline, while a run continues. One that no longer exists, because the click arrived
        after a new start, is ignored."""
        if snapshot in self.timeline.snapshots:
            self.playing = False
            self._show(snapshot)

    def look_at_present(self):
        """Show the network in training."""
        self.playing = False
        self.cursor = self._past = self.timeline.looked_at = None

    def _show(self, snapshot):
        if snapshot is not self.cursor:
            self._past = self.trainer.twin(snapshot.state)  # first: there may be too little memory for it
            self.cursor = self.timeline.looked_at = snapshot

    def play(self):
        """Show one snapshot after another, from the cursor, or from the first one if the present is shown."""
        if self.cursor is None and self.timeline.snapshots:
            self._show(self.timeline.snapshots[0])
        self.playing = self.cursor is not None

    def halt(self):
        """Stay at the snapshot that is shown."""
        self.playing = False

    def advance(self):
        """On to the next snapshot of the animation; after the last one, the present."""
        if self.cursor is None:
            return
        snapshots, present = self.timeline.snapshots, self.timeline.at(self.trainer)
        every, passed = math.ceil(len(snapshots) / MOST_FRAMES), len(self.timeline.until(self.cursor))
        later = [each for each in snapshots[passed:] if each not in (self.cursor, present)]
        if len(later) >= every:
            self._show(later[every - 1])
        else:
            self.look_at_present()

    def continue_from_here(self):
        """Make the snapshot shown the present, paused, on a new branch; what came after it stays on the old branch."""
        snapshot = self.cursor
        if snapshot is None:
            return
        self.pause()
        if snapshot is not self.timeline.at(self.trainer) or self.diverged:
            self._branch_off(snapshot)
            self._jumped = True
        self.look_at_present()

    def _branch_off(self, snapshot):
        trainer = self.trainer.twin(snapshot.state)
        self._leave()
        timeline = trainer.timeline = self.timeline.branch(snapshot)
        self.look_at_present()
        self._branches_made += 1
        self._take_up(Branch(self._branches_made, snapshot.position, timeline, trainer.history, self.recipe), trainer)

    def choose_branch(self, number: int):
        """Make the branch with this number the present one, as it was left and with its settings, paused."""
        branch = next((each for each in self.branches if each.number == number), self.branch)
        if branch is self.branch:
            return
        self.pause()
        self.look_at_present()
        trainer = self.trainer.twin(branch.end.state, branch.history, branch.last_good(), branch.recipe)
        branch.timeline.go_on()
        self._leave()
        branch.history, trainer.timeline = trainer.history, branch.timeline
        self.recipe = branch.recipe
        self._take_up(branch, trainer)

    def _leave(self):
        """Keep the state of the present branch, so that it can be chosen again."""
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
        """The branches of the training by number, at most MOST_BRANCHES and as many as fit into memory."""
        kept = [each for each in self._branches if each is self.branch or each.timeline.snapshots]
        return sorted(kept, key=lambda each: each.number)

    @property
    def earlier_runs(self) -> dict[str, Run]:
        """The newest runs before this one by name, as many as fit into memory; the last left is the last."""
        return earlier_runs.named(self._earlier, self.recipe, self.digits)

    @property
    def room_for_branch(self) -> bool:
        """Whether the first network, the present one and one on another branch fit into memory together."""
        snapshots = self.timeline.snapshots
        return bool(snapshots) and 3 * snapshots[-1].nbytes <= MOST_BYTES

    @property
    def rate(self) -> float | None:
        """How many mini-batches per second the run is to take now; None for as many as it can."""
        return None if self.target is not None else self.pace.rate(self.trainer.steps)

    def wait(self) -> float:
        """Seconds until the run has something to do."""
        return 0.0 if self.rate is None or self.trainer.evaluating else max(0.0, self.pace.wait(self.rate))

    @property
    def moving(self) -> bool:
        """Whether the network shown is training."""
        return self.running and self.cursor is None

    @property
    def last_finite(self) -> Snapshot | None:
        """The newest snapshot with finite weights that was followed by a mini-batch with a finite loss."""
        earlier = (each for each in reversed(self.timeline.snapshots) if each.steps < self.trainer.steps)
        return next(filter(is_finite, earlier), None)

    def _slice(self, seconds, most):
        """At most so many mini-batches; without any, an evaluation goes on."""
        for done, _ in enumerate(self.trainer.run(seconds, 0 if most == 0 else self.target), 1):
            if done == most:
                break
        if self._reached_target():
            self.pause()

    def _evaluate_now_and_then(self):
        """Evaluate between the ends of epochs too, so that the curves move within a second; at most a tenth of the
        time."""
        evaluations = len(self.trainer.history.evaluations)
        if evaluations != self._evaluations_seen:
            self._evaluations_seen = evaluations
            self._next_evaluation = self._trained + EVALUATE_SPACING * self._evaluation_seconds
        elif self.running and self._trained > self._next_evaluation:
            self.trainer.begin_evaluation()

    def _reached_target(self):
        return self.target is not None and self.trainer.epochs >= self.target and not self.trainer.evaluating

    def _guarded(self, action):
        """Whether the action succeeded; a loss that is not finite stops the run, and the error is kept."""
        try:
            action()
        except DivergedError as error:
            self.running, self.target, self.diverged = False, None, error
        return self.diverged is None

    def _measure(self, examples, seconds):
        self._unmeasured += seconds  # on a large mini-batch that is not finished yet
        if not examples:
            return
        speed, self._unmeasured = examples / self._unmeasured, 0.0
        before = self.examples_per_second or speed
        self.examples_per_second = SPEED_MEMORY * before + (1 - SPEED_MEMORY) * speed

    @property
    def _changed(self):
        """Whether the present network has been trained, or changed by hand."""
        history = self.trainer.history
        return bool(len(history.batches) or history.interventions)

    # Looking

    @property
    def trained(self) -> bool:
        """Whether there is a training to lose: here or in an earlier run."""
        return self.trained_now or bool(self._earlier)

    @property
    def trained_now(self) -> bool:
        """Whether the present network is being trained, has been, or was changed by hand."""
        return self.running or self._changed

    @property
    def timeline(self) -> Timeline:
        """Snapshots of the training so far."""
        return self.branch.timeline

    @property
    def shown(self) -> Trainer:
        """The trainer that the pages show: the present one, or a twin of it at the cursor, not to be trained."""
        return self._past or self.trainer

    @property
    def version(self) -> tuple:
        """Identifies the weights that the pages show: they are the same as long as this is."""
        return *self.training, self.shown.steps, self.shown.position

    @property
    def training(self) -> tuple:
        """Identifies the training they come from: the same as long as it only goes on."""
        return ref(self.shown), self._weights_set

    @property
    def evaluation_seconds(self) -> float:
        """About how long an evaluation takes."""
        return self._evaluation_seconds

    def reading_seconds(self, n: int) -> float:
        """About how long reading n digits takes, estimated from the first evaluation."""
        read = min(SAMPLE, self.trainer.n_examples) + len(self.trainer.digits.validation)
        return self._evaluation_seconds * n / read

    @property
    def may_intervene(self) -> bool:
        """Whether the network shown is the one in training and has not diverged."""
        return self.shown is self.trainer and not self.diverged

    @property
    def nbytes(self) -> int:
        """About how much memory it takes: the networks of this run and the earlier ones, and their snapshots.
        Uploaded data have a limit of their own."""
        return sum(run.own_bytes + run.branch.timeline.nbytes for run in (self._as_run(), *self._earlier))

    @property
    def n_classes(self) -> int:
        """How many classes the present recipe tells apart."""
        return self.trainer.digits.n_classes

    @property
    def architecture(self) -> str:
        """The sizes of all layers, such as 784-128-10 or 784-conv32-conv64-128-10."""
        return architecture(self.trainer)

    @property
    def seconds_per_epoch(self) -> float | None:
        """How long an epoch takes at the present speed, or None before anything ran."""
        return self.trainer.n_examples / self.examples_per_second if self.examples_per_second else None

    @property
    def repaired_learning_rate(self) -> float:
        """What to try after an explosion."""
        return repaired_learning_rate(self.trainer)

    @property
    def accuracy(self) -> float | None:
        """The validation accuracy: of the last evaluation for the present, of the snapshot for the past, or None where
        evaluating it would take long."""
        if self.cursor is None:
            return self.trainer.history.evaluations.last("validation_accuracy")
        if self.cursor.evaluation is None and self._evaluation_seconds >= BEARABLE:
            return None
        return self.evaluation().accuracy

    def split(self, name: str) -> Split:
        """A split of the data of the network shown, by its name; for MINE, the visitor's own digits of its classes."""
        digits = self.shown.digits
        return self.own_digits.fitting(digits) if name == MINE else getattr(digits, name)

    def evaluation(self, split: str = "validation", first: int | None = None) -> Evaluation:
        """The evaluation of a split by its name, or of its first examples, with the weights shown; computed once per
        step. Every new evaluation of the test split is counted."""
        for _ in self.evaluating(split, first):
            pass
        return self._known_evaluation(split, first)

    def evaluating(self, split: str = "validation", first: int | None = None) -> Iterator[float]:
        """Compute it in small parts, yielding the share that is done; yields nothing if it is known already."""
        if self._known_evaluation(split, first) is not None:
            return
        start, whole = perf_counter(), self.split(split)
        part = whole if first is None else whole.take(min(first, len(whole)))
        if self._snapshot and split == "validation" and self._snapshot.evaluation is not None:
            evaluation = self._snapshot.evaluation.take(len(part))
        else:
            evaluation = yield from self.shown.evaluate_in_parts(part)
        self.test_looks += split == "test"
        self._evaluations[split, first] = ((self.version, whole), evaluation)
        if self._snapshot and (split, first) == ("validation", None):
            self.timeline.keep_evaluation(self._snapshot, evaluation)
        if first is None:
            until = self._trained + RECENT * (perf_counter() - start)
            self._recent = ((self.training, whole), until, evaluation, self.shown.position)

    def _known_evaluation(self, split, first):
        if self._snapshot and (split, first) == ("validation", None) and self._snapshot.evaluation is not None:
            return self._snapshot.evaluation
        now, evaluation = self._evaluations.get((split, first), (None, None))
        return evaluation if now == (self.version, self.split(split)) else None

    @property
    def _snapshot(self):
        """The snapshot of the weights shown, or None."""
        return self.cursor or self.timeline.at(self.trainer)

    def recent_evaluation(self, split: str = "validation") -> tuple[Evaluation, float]:
        """An evaluation and its position in epochs. During training it may be an older one, so that evaluating a large
        split takes at most a fifth of the time."""
        of = self.training, self.split(split)
        if self.moving and self._recent and self._recent[0] == of and self._trained < self._recent[1]:
            return self._recent[2:]
        return self.evaluation(split), self.shown.position
