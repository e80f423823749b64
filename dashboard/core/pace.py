"""How fast a run trains: from slow motion, where every mini-batch can be seen, to as fast as it can."""

from dataclasses import dataclass
from time import perf_counter

SLOW_START, FASTEST = "start", "max"
START_RATE, START_STEPS = 30, 300  # a first-steps network learns most of what it learns in these ten seconds
DEFAULT = SLOW_START
# as written in the address: as shown
SPEEDS = {rate: f"{rate}/s" for rate in ("1", "3", "10", "30", "100", "300")} | {
    SLOW_START: f"{START_RATE}/s, then max",
    FASTEST: "max",
}
CATCH_UP = 0.5  # seconds: what could not be trained in time is made up for, but no more than this


@dataclass
class Pace:
    """The speed of a run, one of SPEEDS, and when its next mini-batch is due, by the clock."""

    speed: str = FASTEST
    due: float = 0.0

    def rate(self, steps: int) -> float | None:
        """Mini-batches per second after so many steps; None for as many as it can."""
        if self.speed == SLOW_START:
            return START_RATE if steps < START_STEPS else None
        return None if self.speed == FASTEST else float(self.speed)

    def begin(self):
        """No mini-batch is due from before now."""
        self.due = max(self.due, perf_counter())

    def wait(self, rate: float) -> float:
        """Seconds until the next mini-batch is due; negative if it has been due for some time."""
        now = perf_counter()
        self.due = min(max(self.due, now - CATCH_UP), now + 1 / rate)
        return self.due - now

    def allowed(self, rate: float) -> int:
        """How many mini-batches are due by now."""
        wait = self.wait(rate)
        return 0 if wait > 0 else 1 + int(-wait * rate)
