"""Doctor: why does my own network not learn?"""

from io import BytesIO

import numpy as np
import pytest

from dashboard.doctor.doctor_view import SOUND
from dashboard.doctor.examples import BROKEN, sound_step
from tests.pages.content import charts, failures, lab, texts

PAGE = "pages/doctor.py"


def upload(at, step, name="step.npz"):
    file = BytesIO()
    np.savez(file, **step)
    at.file_uploader(key="recorded_step").set_value((name, file.getvalue(), "application/octet-stream"))
    return at.run()


def test_before_there_is_a_file_an_example_is_judged(open_app):
    at = open_app(PAGE)
    assert failures(at) == [] and len(charts(at)) == 2
    assert at.error[0].value.count("dZ2") == 1 and "opposite sign" in at.error[0].value


def test_a_sound_step(open_app):
    at = open_app(PAGE)
    upload(at, sound_step(lab(at).digits))
    assert failures(at) == [] and len(at.success) == 1 and not charts(at)


def test_a_broken_step_is_shown_beside_what_it_should_be(open_app):
    at = open_app(PAGE)
    step = sound_step(lab(at).digits)
    upload(at, step | {"dW2": step["dW2"].T})
    assert "dW2" in at.error[0].value and "transposed" in at.error[0].value
    assert len(charts(at)) == 2


@pytest.mark.parametrize("line", [SOUND, *BROKEN])
def test_the_examples(line, open_app):
    at = open_app(PAGE)
    at.selectbox(key="doctor_example").select(line).run()
    assert failures(at) == [] if line == SOUND else line.split()[0] in at.error[0].value


@pytest.mark.parametrize("step", [{"W1": np.array([{}], object)}, {"history": np.ones(3)}])
def test_a_file_that_is_no_step_says_so_by_its_name(step, open_app):
    at = upload(open_app(PAGE), step, "mine.npz")
    assert not at.exception and len(at.error) == 1 and not charts(at)
    assert "W1" in texts(at)
