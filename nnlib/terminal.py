"""What the command line shows, and the signals that stop it."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, TextIO

from nnlib.trainer import Trainer


def printable(text: str) -> str:
    """A text in one line that a terminal only shows: what could steer it is written as an escape sequence."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def say(text: str) -> None:
    """Print a line to standard error, if there still is one."""
    _write(sys.stderr, f"{printable(text)}\n")


def _write(stream: TextIO | None, text: str) -> bool:
    """Whether a text could be written to a stream, None if it is closed."""
    try:
        if stream is None:
            return False
        stream.write(text)
        stream.flush()
        return True
    except (OSError, ValueError):  # nobody reads it any more
        return False


def settle_streams() -> None:
    """Have characters that the terminal does not know written as escape sequences."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def abandon_output() -> None:
    """Drop what nobody reads any more, or Python complains about it at its end."""
    for stream in (sys.stdout, sys.stderr):
        if not _write(stream, "") and stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Progress:
    """The progress of a training on standard error: a bar on a terminal, of any width, otherwise a line per epoch."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self._told = trainer, trainer.epochs
        self._bar: Any = None
        if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            with suppress(ImportError):  # where there is only NumPy, lines do
                from tqdm import tqdm  # here, where there is a use for it

                tqdm.monitor_interval = 0  # no thread: `show` redraws it often enough
                self._bar = tqdm(
                    total=trainer.planned_epochs, file=sys.stderr, dynamic_ncols=True, bar_format="{desc} {bar}"
                )

    def show(self) -> None:
        """Bring it up to date."""
        trainer = self.trainer
        if self._bar is not None:
            self._bar.n = trainer.position
            self._bar.set_description_str(self._facts(f"{trainer.position:.1f}"), refresh=False)
            self._on_terminal(self._bar.refresh)
        elif trainer.epochs > self._told and not trainer.evaluating:
            self._told = trainer.epochs
            say(self._facts(str(trainer.epochs)))

    def _facts(self, position: str) -> str:
        history = self.trainer.history
        loss, accuracy = history.batches.last("loss"), history.evaluations.last("validation_accuracy")
        facts = f"epoch {position} of {self.trainer.planned_epochs}"
        facts += "" if loss is None else f"  loss {loss:.4f}"
        return facts + ("" if accuracy is None else f"  validation accuracy {accuracy:.4f}")

    def _on_terminal(self, action: Any) -> None:
        try:
            action()
        except (OSError, ValueError):  # the terminal is gone
            self._bar.disable = True

    def __enter__(self) -> "Progress":
        self.show()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._on_terminal(self._bar.close)


class StopSignals:
    """Within it, the first Ctrl-C or SIGTERM is only noted, as `received`, while `waiting`: a step is not cut in two.
    Any other raises KeyboardInterrupt with the number of the signal."""

    def __init__(self) -> None:
        self.received, self.waiting = 0, True
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "StopSignals":
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:  # of a process in the background
                self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, _: FrameType | None) -> None:
        if self.received or not self.waiting:
            raise KeyboardInterrupt(number)
        self.received = number


def status_of(interrupt: KeyboardInterrupt) -> int:
    """The exit status a shell gives to a command stopped by this signal."""
    return 128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)
