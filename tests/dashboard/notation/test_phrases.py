from dashboard.notation.phrases import listed, times


def test_how_often_and_lists():
    assert [times(n) for n in (1, 2, 5, 1200)] == ["once", "twice", "5 times", "1,200 times"]
    found = [listed(parts) for parts in ("a", ["a", "b"], ("a", "b", "c"), iter("ab"))]
    assert found == ["a", "a and b", "a, b and c", "a and b"]
