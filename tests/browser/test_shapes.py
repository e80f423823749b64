"""Shapes: what only a browser can show, a click on the table and how the page fits a phone."""

from tests.browser.controls import visit

HEADER, ROW = 38, 30  # pixels


IN_SIGHT = """name => {
    const heading = [...document.querySelectorAll('h3')].find(each => each.innerText.startsWith(name));
    const { top, bottom } = heading.getBoundingClientRect();
    return top > 60 && bottom < innerHeight / 2;
}"""
PAINTED = """canvas => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 10;
}"""


def choose(page, row, x):
    """Click on a row of the table of matrices, so far from its left end."""
    table = page.locator('[data-testid="stDataFrame"]')
    page.wait_for_function(PAINTED, arg=table.locator("canvas").first.element_handle())
    table.click(position={"x": x, "y": HEADER + ROW * row + ROW / 2})


def test_a_click_on_a_row_or_in_the_diagram_chooses_a_matrix(open_dashboard):
    page = open_dashboard("shapes")
    page.get_by_role("heading", name="Z[1]: weighted sums of layer 1").wait_for()
    page.locator(".choosable [data-choice]", has_text="dW").last.click()
    page.get_by_role("heading", name="dW[2]: ").wait_for()
    page.wait_for_function(IN_SIGHT, arg="dW[2]: ")
    table = page.locator('[data-testid="stDataFrame"]')
    assert table.bounding_box()["height"] >= HEADER + 17 * ROW  # all matrices of two layers, without a scroll bar
    page.locator(".choosable b", has_text="ReLU").press("Enter")
    page.get_by_role("heading", name="A[1]: ").wait_for()
    # The last must be another row: only then the heading says that the click has arrived before the page is left.
    for row, x, symbol in ((5, 300, "W[2]"), (7, 18, "Z[2]"), (7, 400, "Z[2]"), (2, 300, "b[1]"), (4, 18, "A[1]")):
        choose(page, row, x)
        page.get_by_role("heading", name=f"{symbol}: ").wait_for()
    assert page.locator('[data-box="lit"]').inner_text() == "ReLU"
    assert page.locator(".katex-error").count() == 0
    visit(page, "Train")
    visit(page, "Shapes")
    page.get_by_role("heading", name="A[1]: ").wait_for()
