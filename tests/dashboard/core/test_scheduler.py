import threading
from collections import Counter
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from time import perf_counter

import pytest

from dashboard.core import scheduler
from dashboard.core.lab import Lab
from dashboard.core.pace import CATCH_UP, SLOW_START, START_RATE, START_STEPS
from dashboard.core.scheduler import Turnstile
from nnlib.recipes import Recipe

LONG = 10  # seconds: a test that waits so long has failed


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Whoever waits looks up often, so that the tests need not wait; nobody waits from another test."""
    monkeypatch.setattr(scheduler, "PATIENCE", 0.001)
    monkeypatch.setattr(scheduler, "LONGEST", LONG)
    monkeypatch.setattr(scheduler, "TURNSTILE", Turnstile())


class Click(Exception):
    """What Streamlit raises to interrupt a script."""


class Visitor(threading.Thread):
    """Passes a turnstile once: `waiting` is set while it queues, `inside` when it has the turn, which lasts until `go`
    is set. `click` makes it give up. `clicked` tells a turnstile with `watch` of a click."""

    def __init__(self, turnstile, account=None, urgent=False):
        super().__init__(daemon=True)
        self.turnstile, self.how = turnstile, (account, urgent)
        self.clicked = False
        self.waiting, self.inside, self.go, self.click = (threading.Event() for _ in range(4))
        self.gave_up = False
        self.start()

    def run(self):
        try:
            with self.turnstile.turn(self.look_up, *self.how):
                self.inside.set()
                self.go.wait(LONG)
        except Click:
            self.gave_up = True

    def look_up(self):
        self.waiting.set()
        if self.click.is_set():
            raise Click


def watch():
    """Whether the visitor whose thread asks has clicked."""
    visitor = threading.current_thread()
    return lambda: visitor.clicked


def enter(turnstile, *how):
    visitor = Visitor(turnstile, *how)
    assert visitor.inside.wait(LONG)
    return visitor


def wait(turnstile, *how):
    visitor = Visitor(turnstile, *how)
    assert visitor.waiting.wait(LONG) and not visitor.inside.is_set()
    return visitor


def queue_up(turnstile, visitors):
    """One visitor inside, and so many behind it, each waiting before the next one comes."""
    return [enter(turnstile), *(wait(turnstile) for _ in range(visitors))]


def leave(visitor):
    visitor.go.set()
    visitor.join(LONG)
    assert not visitor.is_alive()


def let_in(waiting):
    """The name of the only one of these visitors that is let in."""
    end = perf_counter() + LONG
    while not any(visitor.inside.wait(0.001) for visitor in waiting.values()):
        assert perf_counter() < end
    (name,) = (name for name, visitor in waiting.items() if visitor.inside.is_set())
    return name


def test_first_come_first_served():
    everyone = queue_up(Turnstile(), visitors=8)
    for now, later in pairwise(everyone):
        assert now.inside.is_set() and not later.inside.is_set()
        leave(now)
        assert later.inside.wait(LONG)
    leave(everyone[-1])


def test_who_gives_up_leaves_the_queue_and_the_next_one_comes():
    first, second, third = queue_up(Turnstile(), visitors=2)
    second.click.set()
    second.join(LONG)
    assert second.gave_up and not second.inside.is_set() and not third.inside.is_set()
    leave(first)
    assert third.inside.wait(LONG)
    leave(third)


def test_an_error_during_a_turn_lets_the_next_one_in_at_once():
    turnstile = Turnstile()
    with pytest.raises(ZeroDivisionError), turnstile.turn(pytest.fail):
        raise ZeroDivisionError
    with turnstile.turn(pytest.fail):
        pass


def test_who_has_clicked_comes_first():
    turnstile = Turnstile(watch)
    first, second, third, fourth = queue_up(turnstile, visitors=3)
    fourth.clicked = True  # while it waits
    leave(first)
    assert fourth.inside.wait(LONG) and not second.inside.is_set()
    leave(fourth)
    assert second.inside.wait(LONG) and not third.inside.is_set()
    leave(second)
    leave(third)


def test_what_is_urgent_comes_before_all_others_in_order_of_arrival():
    turnstile = Turnstile()
    first, second = queue_up(turnstile, visitors=1)
    urgent, later = (wait(turnstile, None, True) for _ in range(2))
    for now, then in pairwise([first, urgent, later, second]):
        assert not then.inside.is_set()
        leave(now)
        assert then.inside.wait(LONG)
    leave(second)


def test_clicks_take_at_most_half_of_the_time(clock):
    """Those that wait get a second after each second that goes to a click."""
    turnstile = Turnstile()
    inside, *trainings = queue_up(turnstile, visitors=2)
    clicks = [wait(turnstile, None, True) for _ in range(4)]
    order = [inside, clicks[0], trainings[0], clicks[1], trainings[1], clicks[2], clicks[3]]
    for now, then in pairwise([*order, None]):
        clock.now += 0 if now is inside else 1
        leave(now)
        assert then is None or then.inside.wait(LONG)


def test_each_gets_the_same_time_however_long_a_turn_takes(clock):
    """One visitor's turns take three seconds, those of two others one: these get three for each of its own."""
    turnstile, seconds = Turnstile(), {"a": 3, "b": 1, "c": 1}
    accounts = {name: scheduler.Account() for name in seconds}
    waiting = {"a": enter(turnstile, accounts["a"]), "b": wait(turnstile, accounts["b"])}
    waiting["c"] = wait(turnstile, accounts["c"])
    order, now = "", "a"
    for _ in range(12):
        order += now
        clock.now += seconds[now]
        leaving = waiting.pop(now)
        leave(leaving)
        then = let_in(waiting)
        waiting[now], now = wait(turnstile, accounts[now]), then
    assert order == "abcbcbcabcbc"
    leave(waiting.pop(now))
    for _ in range(2):
        leave(waiting.pop(let_in(waiting)))


def test_what_takes_long_in_one_piece_lets_the_next_one_in_and_goes_on_beside_it(clock):
    turnstile = Turnstile()
    first, second, third = queue_up(turnstile, visitors=2)
    clock.now += scheduler.LONGEST
    assert not second.inside.wait(0.01)
    clock.now += 1
    assert second.inside.wait(LONG) and not first.go.is_set()
    leave(first)
    assert not third.inside.wait(0.01)
    leave(second)
    assert third.inside.wait(LONG)
    leave(third)


def test_a_turn_inside_a_turn_is_the_same_and_can_be_given_back_early():
    turnstile = Turnstile()
    with turnstile.turn(pytest.fail):
        with turnstile.turn(pytest.fail):
            other = wait(turnstile)
        assert not other.inside.wait(0.01)
        turnstile.leave()
        assert other.inside.wait(LONG)
    another = wait(turnstile)  # the end of a turn given back is nobody else's end
    leave(other)
    assert another.inside.wait(LONG)
    leave(another)


# Ticks


class Clock:
    """Time that passes only while something trains."""

    now = 0.0

    def __call__(self):
        return self.now


class FakeLab:
    """A lab whose slices take exactly as long as they may, and at least `step`."""

    def __init__(self, clock, step=0.0, slices=None):
        self.clock, self.step, self.slices = clock, step, slices
        self.running, self.trained = True, []

    def wait(self):
        return 0.0

    def train(self, seconds):
        self.trained.append(seconds)
        self.clock.now += max(seconds, self.step)
        self.running = len(self.trained) != self.slices


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(scheduler, "perf_counter", clock)
    return clock


def nothing():
    """Nobody clicks."""


def test_a_tick_trains_in_slices_and_ends_near_its_time(clock):
    lab = FakeLab(clock)
    scheduler.tick(lab, nothing)
    assert set(lab.trained) == {scheduler.SLICE}
    assert scheduler.TICK <= clock.now < scheduler.TICK + scheduler.SLICE


def test_a_tick_that_waited_too_long_still_trains_once(clock, monkeypatch):
    class Crowded:
        busy = False

        @contextmanager
        def turn(self, while_waiting, account, urgent):
            clock.now += 10 * scheduler.TICK
            yield

    monkeypatch.setattr(scheduler, "TURNSTILE", Crowded())
    lab = FakeLab(clock)
    scheduler.tick(lab, nothing)
    assert len(lab.trained) == 1


def test_a_tick_trains_one_slice_however_long_a_step_is_and_ends_with_the_run(clock):
    slow, short, paused = FakeLab(clock, step=5.0), FakeLab(clock, slices=2), FakeLab(clock)
    paused.running = False
    for lab, notice_click in ((slow, nothing), (short, nothing), (paused, pytest.fail)):
        scheduler.tick(lab, notice_click)
    assert [len(lab.trained) for lab in (slow, short, paused)] == [1, 2, 0]


@pytest.mark.parametrize(
    ("error", "outcome"), [(Click, pytest.raises(Click)), (scheduler.ClickWaits, nullcontext())], ids=["error", "click"]
)
def test_a_click_interrupts_between_two_slices_and_frees_the_turn(clock, error, outcome):
    lab = FakeLab(clock)

    def click():
        if len(lab.trained) == 2:
            raise error

    with outcome:
        scheduler.tick(lab, click)
    assert len(lab.trained) == 2
    with scheduler.TURNSTILE.turn(pytest.fail):
        pass


@pytest.mark.parametrize(("busy", "slices"), [(True, 1), (False, 5)])
def test_after_a_click_a_tick_trains_at_once_and_among_others_one_slice_only(clock, monkeypatch, busy, slices):
    asked = []

    class Crowded(Turnstile):
        @contextmanager
        def turn(self, while_waiting, account, urgent):
            asked.append(urgent)
            yield

    Crowded.busy = busy
    monkeypatch.setattr(scheduler, "TURNSTILE", Crowded())
    lab = FakeLab(clock)
    scheduler.tick(lab, nothing, clicked=True)
    assert asked == slices * [True] == len(lab.trained) * [True]


def test_who_gets_the_turn_because_of_a_click_trains_no_more(clock):
    lab = FakeLab(clock)

    def click():
        raise scheduler.ClickWaits

    scheduler.tick(lab, click)
    assert lab.trained == []


def test_a_page_that_works_in_turns_lets_others_in(monkeypatch):
    monkeypatch.setattr(scheduler, "SLICE", 0)
    with scheduler.TURNSTILE.turn(pytest.fail):  # as a page has it while it is drawn
        other = wait(scheduler.TURNSTILE)
        work = scheduler.in_turns(iter("abc"), nothing)
        threading.Timer(0, other.go.set).start()
        assert list(work) == ["a", "b", "c"] and other.inside.is_set()


@pytest.fixture
def in_slow_motion(few, clock, monkeypatch):
    """A lab whose mini-batches take a millisecond; sleeping takes the time it should."""
    for module in ("dashboard.core.pace", "dashboard.core.lab", "nnlib.trainer"):
        monkeypatch.setattr(f"{module}.perf_counter", clock)
    naps = []

    def sleep(seconds):
        assert not scheduler.TURNSTILE._queue, "who sleeps has no turn"
        naps.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(scheduler, "sleep", sleep)
    lab = Lab(few, Recipe(hidden=(4,), batch_size=1))
    lab.naps, work = naps, lab.trainer._work

    def work_for_a_millisecond():
        clock.now += 0.001
        return work()

    lab.trainer._work = work_for_a_millisecond
    return lab


def ticks(lab, seconds, between=0.1):
    """Ticks as they follow each other while pages are drawn in between; (time, steps so far) after each."""
    clock, end = scheduler.perf_counter, scheduler.perf_counter() + seconds
    while clock() < end:
        before = clock()
        scheduler.tick(lab, nothing)
        clock.now = max(clock.now, before + between) + 1e-9
        yield clock(), lab.trainer.steps


@pytest.mark.parametrize("rate", [1, 3, 10, 30, 100, 300])
def test_in_slow_motion_the_steps_keep_the_rate_and_come_one_by_one(in_slow_motion, rate):
    lab = in_slow_motion
    lab.pace.speed = str(rate)
    lab.run()
    before, most, start = 0, max(1, 0.25 * rate + 1), scheduler.perf_counter()
    seconds = 1 if rate > 50 else 5
    for now, steps in ticks(lab, seconds):
        assert steps <= 1 + rate * (now - start) + 1e-6 and steps - before <= most
        before = steps
    assert steps == pytest.approx(seconds * rate, abs=1 + most)
    assert max(lab.naps, default=0) <= scheduler.SLICE


def test_after_a_pause_or_a_long_wait_nothing_is_made_up_for(in_slow_motion, clock):
    lab = in_slow_motion
    lab.pace.speed = "30"
    lab.run()
    list(ticks(lab, 1))
    lab.pause()
    clock.now += 60
    lab.run()
    steps = lab.trainer.steps
    (_, after), *_ = ticks(lab, 0.01)
    assert after - steps <= 1 + 30 * scheduler.TICK
    clock.now += 60  # a page that takes long to draw
    (_, later), *_ = ticks(lab, 0.01)
    assert later - after <= 2 + 30 * (CATCH_UP + scheduler.TICK)


def test_a_click_ends_the_sleep_between_two_steps(in_slow_motion):
    lab = in_slow_motion
    lab.pace.speed = "10"
    lab.run()

    def click():
        if lab.naps:
            raise Click

    with pytest.raises(Click):
        scheduler.tick(lab, click)
    assert sum(lab.naps) <= scheduler.SLICE and lab.trainer.steps == 1


def test_another_speed_holds_at_once_and_an_epoch_is_trained_as_fast_as_it_can_be(in_slow_motion):
    lab = in_slow_motion
    lab.pace.speed = "1"
    lab.run()
    list(ticks(lab, 0.2))
    assert lab.trainer.steps == 1
    lab.pace.speed = "100"
    list(ticks(lab, 0.2))
    assert lab.trainer.steps > 10
    lab.pace.speed = "1"
    lab.run(to_epoch=1)
    list(ticks(lab, 1))
    assert lab.trainer.epochs == 1 and lab.trainer.steps == 300 and not lab.running


def test_the_slow_start_is_over_after_its_steps(in_slow_motion):
    lab = in_slow_motion
    lab.pace.speed = SLOW_START
    lab.run()
    seen = dict(ticks(lab, START_STEPS / START_RATE + 1))
    slow = [steps for now, steps in seen.items() if now < START_STEPS / START_RATE - 1]
    assert START_STEPS * 0.8 < slow[-1] < START_STEPS
    assert lab.trainer.steps > START_STEPS + 3 * START_RATE


def test_in_slow_motion_there_is_time_to_evaluate(in_slow_motion):
    """After every step, where that takes less than a tenth of the time from one step to the next."""
    lab = in_slow_motion
    lab._evaluation_seconds = 0.05
    lab.pace.speed = "1"
    lab.run()
    list(ticks(lab, 6))
    history = lab.trainer.history
    steps, evaluated = list(history.batches["epoch"]), set(history.evaluations["epoch"])
    assert len(steps) > 4 and set(steps[1:]) <= evaluated


@pytest.mark.parametrize(("visitors", "seconds"), [(0, 0.25), (4, 0.25), (5, 0.5), (8, 0.5), (16, 1.0), (30, 2.0)])
def test_the_more_train_the_less_often_each_is_redrawn(clock, visitors, seconds):
    labs = [FakeLab(clock) for _ in range(visitors)]
    clock.now += 1e6  # all others are long gone
    for lab in labs:
        clock.now -= scheduler.TICK  # the clock of these tests stands still while others train
        scheduler.tick(lab, nothing)
    assert scheduler.interval() == seconds
    clock.now += 1e6
    assert scheduler.interval() == scheduler.INTERVAL  # who has gone does not count
    clock.now -= 1e6
    for lab in labs:
        lab.running = False
    assert scheduler.interval() == scheduler.INTERVAL


def test_eight_labs_train_one_at_a_time_and_equally_often(monkeypatch, clock):
    """Eight threads tick; whoever trains does not finish before the seven others queue, so that only the order of
    arrival decides. At any moment nobody is more than one slice ahead of anybody."""
    monkeypatch.setattr(scheduler, "TICK", 0)  # one slice a tick
    slices, trained, queued, leads = 10, Counter(), Counter(), []
    changed, training = threading.Condition(), threading.Lock()

    class Lab:
        running = True

        def __init__(self, name):
            self.name = name

        def wait(self):
            return 0.0

        def train(self, seconds):
            assert training.acquire(blocking=False)
            with changed:
                queued[self.name] = 0
                # Those that have finished all their slices queue no more.
                assert changed.wait_for(
                    lambda: sum(queued.values()) >= sum(trained[i] < slices for i in range(8)) - 1, LONG
                )
                trained[self.name] += 1
                clock.now += 1
                leads.append(max(trained.values()) - min(trained[i] for i in range(8)))
            training.release()

        def look_up(self):
            with changed:
                queued[self.name] = 1
                changed.notify_all()

    def visit(lab):
        for _ in range(slices):
            scheduler.tick(lab, lab.look_up)

    threads = [threading.Thread(target=visit, args=(Lab(i),), daemon=True) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert trained == dict.fromkeys(range(8), slices)
    assert max(leads) == 1


def test_work_in_turns_lets_others_in_between_and_is_done_whole(monkeypatch):
    monkeypatch.setattr(scheduler, "SLICE", 0)
    turns = []

    class Counting(Turnstile):
        def turn(self, *asked):
            turns.append(asked)
            return super().turn(*asked)

    monkeypatch.setattr(scheduler, "TURNSTILE", Counting())
    assert list(scheduler.in_turns(iter("abc"), lambda: None)) == ["a", "b", "c"]
    assert len(turns) == 4  # one a slice, and one that finds nothing left


def test_a_click_ends_work_in_turns_and_whole_work_gives_its_result(monkeypatch):
    monkeypatch.setattr(scheduler, "SLICE", 0)
    clicks = iter([False, True])

    def notice_click():
        if next(clicks, True):
            raise scheduler.ClickWaits

    def work():
        yield 0.5
        yield 1.0
        return "result"

    assert list(scheduler.in_turns(iter(range(100)), notice_click)) == [0, 1]
    assert scheduler.finish(work(), notice_click) is None
    assert scheduler.finish(work(), nothing) == "result"


def test_aside_one_thing_is_done_after_the_other_and_nobody_waits():
    begun, order = threading.Event(), []

    def first():
        begun.wait(LONG)
        order.append("first")
        return 1

    futures = [scheduler.aside(first), scheduler.aside(lambda: order.append("second"))]
    assert not any(future.done() for future in futures)
    begun.set()
    assert futures[0].result(LONG) == 1 and futures[1].result(LONG) is None and order == ["first", "second"]


def test_work_in_one_piece_lets_others_have_their_turn(monkeypatch):
    monkeypatch.setattr(scheduler, "SLICE", 0)
    with scheduler.sharing() as between:
        visitor = Visitor(scheduler.TURNSTILE)
        assert visitor.waiting.wait(LONG) and not visitor.inside.is_set()
        visitor.go.set()
        between()
        assert visitor.inside.is_set()
