"""t-SNE: points in two dimensions that keep the neighbourhoods of many dimensions (van der Maaten and Hinton, 2008).
By scikit-learn, in a process of its own: in this one it would compete with training for Python's lock, making both many
times slower, and leave 100 MB behind.
"""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np

from nnlib.analysis.pca import project

DIMENSIONS = 50  # principal components it starts from
PERPLEXITY = 30  # about the number of neighbours of a point that count
PATIENCE = 300  # seconds
ROOT = Path(__file__).parents[2]


class Failed(RuntimeError):
    """The other process failed or took too long; says which."""


def tsne(A: np.ndarray) -> np.ndarray:
    """Points (2, m) for the columns of A (units, m). Takes seconds, on one core."""
    from sklearn.manifold import TSNE  # here only: the import takes time and memory

    units, m = A.shape
    points, _ = project(A, max(2, min(DIMENSIONS, units, m)))
    # Starts from the first two components, scaled as scikit-learn does, plus noise that separates equal points.
    start = 1e-4 * points[:2].T / max(points[0].std(), 1e-12)
    start += 1e-6 * np.random.default_rng(0).standard_normal(start.shape)
    perplexity = min(PERPLEXITY, (m - 1) / 3)
    made = TSNE(perplexity=perplexity, init=start.astype(np.float32), random_state=0, n_jobs=1)
    return made.fit_transform(np.ascontiguousarray(points.T, np.float32)).T.astype(np.float32)


def elsewhere(A: np.ndarray) -> np.ndarray:
    """The same, computed in another process. Raises Failed."""
    command = [sys.executable, "-m", "dashboard.mistakes.tsne"]
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # leaves a core for training
    try:
        done = subprocess.run(
            command, input=_packed(A), capture_output=True, cwd=ROOT, env=alone, timeout=PATIENCE, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"t-SNE took longer than {PATIENCE} s") from error
    except subprocess.CalledProcessError as error:
        last_line = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise Failed(f"t-SNE ended with an error: {''.join(last_line) or error.returncode}") from error
    return np.load(BytesIO(done.stdout), allow_pickle=False)


def _packed(A):
    file = BytesIO()
    np.save(file, A, allow_pickle=False)
    return file.getvalue()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)  # after training and drawing
    sys.stdout.buffer.write(_packed(tsne(np.load(BytesIO(sys.stdin.buffer.read()), allow_pickle=False))))
