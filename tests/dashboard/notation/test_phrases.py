import pytest

from dashboard.notation.phrases import listed, times


@pytest.mark.parametrize(("n", "text"), [(1, "once"), (2, "twice"), (5, "5 times"), (1200, "1,200 times")])
def test_times(n, text):
    assert times(n) == text


@pytest.mark.parametrize(
    ("parts", "text"), [("a", "a"), (["a", "b"], "a and b"), (("a", "b", "c"), "a, b and c"), (iter("ab"), "a and b")]
)
def test_listed(parts, text):
    assert listed(parts) == text
