"""Projections against scikit-learn's, and against points whose axes are known."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from nnlib.analysis.pca import EXACT, align, leading, project


def cloud(units, m, generator, spread=None):
    """Points with known spreads along axes that point anywhere, away from zero."""
    spread = 0.9 ** np.arange(units) if spread is None else spread
    axes, _ = np.linalg.qr(generator.normal(size=(units, units)))
    return (axes @ (spread[:, None] * generator.normal(size=(units, m))) + 5).astype(np.float32)


@pytest.mark.parametrize(("units", "m"), [(5, 40), (40, 12), (300, 320), (400, 300)], ids=str)
def test_points_and_share_are_those_of_scikit_learn(units, m):
    A = cloud(units, m, np.random.default_rng(units))
    by_sklearn = PCA(2, svd_solver="full").fit(A.T.astype(float))
    expected = by_sklearn.transform(A.T.astype(float)).T
    points, share = project(A)
    assert points.shape == (2, m) and share == pytest.approx(by_sklearn.explained_variance_ratio_.sum(), rel=1e-3)
    for mine, theirs in zip(points, expected, strict=True):
        assert mine[np.abs(mine).argmax()] > 0
        np.testing.assert_allclose(mine, theirs * np.sign(mine @ theirs), atol=2e-3 * np.abs(theirs).max())


def test_a_line_in_space_by_hand():
    A = np.array([[1, 2, 3, 6], [2, 4, 6, 12], [2, 4, 6, 12]], np.float32)  # along (1, 2, 2), of length 3
    points, share = project(A)
    np.testing.assert_allclose(points, [[-6, -3, 0, 9], [0, 0, 0, 0]], atol=1e-5)
    assert share == pytest.approx(1)


def test_one_unit_and_no_difference_at_all():
    points, share = project(np.array([[1.0, 6.0, 2.0]], np.float32))
    np.testing.assert_allclose(points, [[-2, 3, -1], [0, 0, 0]], atol=1e-6)
    assert share == 1
    points, share = project(np.ones((7, 5), np.float32))
    assert not points.any() and share == 1 and points.shape == (2, 5)


def test_of_a_large_matrix_the_leading_eigenvectors_are_those_of_numpy():
    A = cloud(EXACT + 100, 400, np.random.default_rng(1)).astype(float)
    S = A @ A.T
    values, vectors = leading(S, 5)
    expected_values, expected = np.linalg.eigh(S)
    np.testing.assert_allclose(values, expected_values[:-6:-1], rtol=1e-6)
    np.testing.assert_allclose(np.abs(np.diag(vectors.T @ expected[:, :-6:-1])), 1, atol=1e-4)


@pytest.mark.parametrize("units", [EXACT + 50, 3 * EXACT])
def test_noise_has_no_leading_axes_to_converge_to_and_is_right_nevertheless(units):
    noise = np.random.default_rng(2).standard_normal((units, EXACT + 100))
    by_sklearn = PCA(2, svd_solver="full").fit_transform(noise.T).T
    np.testing.assert_allclose(np.abs(project(noise).points), np.abs(by_sklearn), atol=1e-6 * np.abs(by_sklearn).max())


def test_a_map_that_was_turned_and_mirrored_is_laid_back():
    generator = np.random.default_rng(2)
    points = generator.normal(size=(2, 30))
    for angle, mirror in ((0.3, 1), (2.5, -1), (np.pi, 1)):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [1, mirror]
        np.testing.assert_allclose(align(turn @ points, points), points, atol=1e-12)


def test_laying_upon_changes_no_distance_and_nothing_comes_nearer():
    generator = np.random.default_rng(3)
    points, reference = generator.normal(size=(2, 2, 25))
    laid = align(points, reference)
    between = lambda p: np.linalg.norm(p[:, :, None] - p[:, None], axis=0)  # noqa: E731
    np.testing.assert_allclose(between(laid), between(points))
    least = np.square(laid - reference).sum()
    for angle in np.linspace(0, 2 * np.pi, 50):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        for mirror in (1, -1):
            assert np.square(turn @ (points * [[1], [mirror]]) - reference).sum() >= least - 1e-9
