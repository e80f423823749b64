"""A training step of the visitor's own network, or an example, and the first wrong matrix in it."""

from typing import Any

import streamlit as st

from dashboard.components import plotly_chart
from dashboard.core import computed
from dashboard.core.lab import Lab
from dashboard.doctor.comparison import comparison
from dashboard.doctor.examples import BROKEN, example
from dashboard.theme import Theme
from nnlib.archive import StorageError
from nnlib.doctor.diagnosis import Diagnosis, diagnose
from nnlib.doctor.recorded_step import RecordingError, load_arrays

MOST_MB = 32
SOUND = "Nothing"
SNIPPET = """\
# one batch, before the weights change
np.savez(
    "step.npz",
    X=X, Y=Y,
    W1=W1, b1=b1, Z1=Z1, A1=A1,
    W2=W2, b2=b2, Z2=Z2, A2=A2,
    dZ2=dZ2, dW2=dW2, db2=db2,
    dZ1=dZ1, dW1=dW1, db1=db1,
)"""


def record():
    """How to record a step."""
    st.code(SNIPPET, language=None)
    st.caption(
        "Examples as columns or as rows, Y as labels or one-hot, 1/m in dZ or in dW: it is found out. Leave out what "
        "you do not have, and go on with W3 if there are more layers. Hidden layers may have ReLU, sigmoid or tanh, "
        "the last one softmax or sigmoid with its cross-entropy."
    )


def choose(lab: Lab) -> Diagnosis | None:
    """The diagnosis of an uploaded file, None if it is no such step; without one, of an example."""
    file = st.file_uploader(
        "One training step",
        ["npz"],
        key="recorded_step",
        max_upload_size=MOST_MB,
        help=f"An .npz file of at most {MOST_MB} MB, written by lines like these. Nothing in it is executed. It stays "
        "in this session, and is stored nowhere else.",
    )
    line = st.selectbox(
        "Or an example, with this line wrong",
        [*BROKEN, SOUND],
        key="doctor_example",
        persist_state="session",
        disabled=file is not None,
        help="A step of a network with ten hidden units on 64 training digits, all right but for this line.",
    )
    if file is not None:
        return _read(file)
    return computed.derived("diagnosis", line, lambda: diagnose(example(line, lab.digits)))


def _read(file: Any) -> Diagnosis | None:
    try:
        with st.spinner("Examining it …"):
            return computed.derived("diagnosis", file.file_id, lambda: diagnose(load_arrays(file)))
    except (StorageError, RecordingError) as error:
        st.error(f"This file cannot be judged: {error}.")
        return None


def tell(found: Diagnosis):
    """The verdict, and the line that would be right."""
    if found.first_wrong is None:
        (st.success if found.right else st.warning)(found.verdict)
        return
    st.error(found.verdict)
    if found.line:
        st.caption("Right, as one line of NumPy:")
        st.code(found.line, language=None)


def compare(found: Diagnosis, theme: Theme):
    """The wrong array beside the right one."""
    if found.got is None or found.expected is None:
        return
    titles = f"{found.first_wrong} in this step", f"{found.first_wrong} as it should be"
    for column, title, figure in zip(st.columns(2, gap="medium"), titles, comparison(found, theme), strict=True):
        with column:
            st.subheader(title, help="Blue is positive, orange negative. Each axis counts from 1, as the file has it.")
            plotly_chart.show(figure, key=f"doctor_{title.split()[1]}", alt=title)
    same = found.got.shape == found.expected.shape
    st.caption(
        "The same rows and columns of both, where they differ most, on one colour scale."
        if same
        else f"Their shapes differ: {found.got.shape} and {found.expected.shape}."
    )
