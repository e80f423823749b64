from dashboard.notation.phrases import MINE, digit_of, digits_of, listed, times, with_article


def test_how_often_and_lists():
    assert [times(n) for n in (1, 2, 5, 1200)] == ["once", "twice", "5 times", "1,200 times"]
    found = [listed(parts) for parts in ("a", ["a", "b"], ("a", "b", "c"), iter("ab"))]
    assert found == ["a", "a and b", "a, b and c", "a and b"]


def test_splits():
    assert (digit_of("test"), digit_of(MINE)) == ("test digit", "your digit")
    assert (digits_of("test", 1_000), digits_of("test", 1)) == ("1,000 test digits", "1 test digit")
    assert (digits_of(MINE, 1), digits_of(MINE, "2 of 3")) == ("1 digit of yours", "2 of 3 digits of yours")


def test_an_article_is_chosen_by_sound():
    with_an = ("8", "80", "11", "18", "ankle boot", "A", "F")
    assert [with_article(name) for name in with_an] == [f"an {name}" for name in with_an]
    without = ("7", "1", "10", "110", "0", "sandal", "B", "U")
    assert [with_article(name) for name in without] == [f"a {name}" for name in without]
