"""Digits drawn in a real browser: by mouse, by touch, by the keyboard; read by the reference CNN."""

from base64 import b64encode
from io import BytesIO

from PIL import Image
from playwright.sync_api import expect

from dashboard.draw.strokes import drawn
from tests.browser.controls import NARROW, visit

AREA = ".drawing-area canvas"
CAPITAL = ".answer"
# As a hand drew them, slanted and not quite closed.
STROKES = {
    0: [[(0.55, 0.2), (0.42, 0.24), (0.34, 0.4), (0.33, 0.6), (0.4, 0.76), (0.52, 0.8), (0.63, 0.72), (0.68, 0.55),
         (0.66, 0.36), (0.6, 0.24), (0.53, 0.2)]],
    1: [[(0.55, 0.2), (0.53, 0.4), (0.5, 0.62), (0.47, 0.82)]],
    2: [[(0.34, 0.34), (0.4, 0.23), (0.53, 0.19), (0.64, 0.26), (0.64, 0.4), (0.54, 0.56), (0.42, 0.7), (0.32, 0.8),
         (0.48, 0.79), (0.7, 0.78)]],
    3: [[(0.35, 0.25), (0.48, 0.19), (0.61, 0.24), (0.63, 0.36), (0.55, 0.45), (0.44, 0.48), (0.58, 0.51), (0.67, 0.6),
         (0.65, 0.73), (0.52, 0.81), (0.34, 0.77)]],
    4: [[(0.4, 0.2), (0.35, 0.38), (0.31, 0.53), (0.5, 0.54), (0.71, 0.51)], [(0.63, 0.2), (0.6, 0.5), (0.57, 0.84)]],
    5: [[(0.38, 0.22), (0.36, 0.47), (0.5, 0.43), (0.63, 0.5), (0.67, 0.63), (0.6, 0.76), (0.46, 0.81), (0.32, 0.75)],
        [(0.38, 0.22), (0.52, 0.22), (0.68, 0.2)]],
    6: [[(0.6, 0.19), (0.46, 0.33), (0.37, 0.51), (0.35, 0.68), (0.43, 0.79), (0.56, 0.79), (0.64, 0.69), (0.61, 0.58),
         (0.5, 0.54), (0.39, 0.6)]],
    7: [[(0.31, 0.23), (0.5, 0.22), (0.7, 0.2), (0.6, 0.42), (0.51, 0.62), (0.45, 0.82)]],
    8: [[(0.62, 0.28), (0.51, 0.2), (0.4, 0.26), (0.41, 0.38), (0.53, 0.48), (0.63, 0.6), (0.61, 0.75), (0.49, 0.81),
         (0.38, 0.73), (0.4, 0.6), (0.52, 0.48), (0.62, 0.37), (0.62, 0.28)]],
    9: [[(0.64, 0.3), (0.54, 0.2), (0.41, 0.25), (0.37, 0.38), (0.45, 0.48), (0.57, 0.45), (0.65, 0.31), (0.63, 0.5),
         (0.58, 0.68), (0.52, 0.83)]],
}  # fmt: skip


def area(page):
    page.locator(AREA).scroll_into_view_if_needed()
    return page.locator(AREA).bounding_box()


def by_mouse(page, strokes):
    box = area(page)
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def by_touch(page, strokes):
    box, client = area(page), page.context.new_cdp_session(page)
    for stroke in strokes:
        for i, (x, y) in enumerate(stroke):
            point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            client.send(
                "Input.dispatchTouchEvent", {"type": "touchMove" if i else "touchStart", "touchPoints": [point]}
            )
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def open_empty(open_dashboard, **options):
    """The page as a new visitor sees it, read by the reference alone."""
    page = open_dashboard("draw", **options)
    page.get_by_role("radio", name="Reference CNN").click()
    expect(page.get_by_text("This network, epoch")).to_have_count(0)
    return page


def test_every_digit_drawn_by_mouse_is_read_and_stays(open_dashboard):
    page = open_empty(open_dashboard)
    for digit, strokes in STROKES.items():
        by_mouse(page, strokes)
        expect(page.locator(CAPITAL)).to_have_text(str(digit))
        page.get_by_role("button", name="Clear", exact=True).click()
    for number in (1, 2):
        by_mouse(page, STROKES[4][number - 1 : number])
    expect(page.locator(CAPITAL)).to_have_text("4")
    visit(page, "Train")
    visit(page, "Draw")
    expect(page.locator(CAPITAL)).to_have_text("4")
    by_mouse(page, [[(0.9, 0.9)]])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(CAPITAL)).to_have_text("4")


def test_digits_are_drawn_by_touch_without_moving_the_page(open_dashboard):
    page = open_empty(open_dashboard, **NARROW)
    area(page)
    scrolled = "document.querySelector('[data-testid=\"stMain\"]').scrollTop"
    before = page.evaluate(scrolled)
    for digit in (2, 5, 7):
        by_touch(page, STROKES[digit])
        expect(page.locator(CAPITAL)).to_have_text(str(digit))
        expect(page.locator(".says")).to_contain_text(str(digit))  # in sight, below the drawing area
        assert page.evaluate(scrolled) == before
        page.locator(AREA).press("Delete")


def test_a_digit_drawn_by_the_keyboard_alone(open_dashboard):
    page = open_empty(open_dashboard)
    page.locator(AREA).focus()
    for key, times in (("ArrowUp", 5), ("ArrowLeft", 3), (" ", 1), ("ArrowRight", 6)):
        for _ in range(times):
            page.keyboard.press(key)
    for _ in range(5):
        for key in ("ArrowDown", "ArrowDown", "ArrowLeft"):
            page.keyboard.press(key)
    expect(page.locator(CAPITAL)).to_have_count(0)
    page.keyboard.press(" ")
    expect(page.locator(CAPITAL)).to_have_text("7")
    page.keyboard.press("Control+z")
    expect(page.locator(CAPITAL)).to_have_count(0)
    page.keyboard.press("Control+y")
    expect(page.locator(CAPITAL)).to_have_text("7")
    page.keyboard.press("Delete")
    expect(page.locator(CAPITAL)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator(CAPITAL)).to_have_text("7")


COPY = """async ([words, picture]) => {
  if (words) return navigator.clipboard.writeText(words);
  const bytes = Uint8Array.from(atob(picture), (each) => each.charCodeAt(0));
  const image = new Blob([bytes], { type: "image/png" });
  return navigator.clipboard.write([new ClipboardItem({ "image/png": image })]);
}"""


def test_a_picture_is_pasted_from_the_clipboard_and_text_is_refused(open_dashboard):
    page = open_empty(open_dashboard)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(AREA).focus()
    page.evaluate(COPY, ["some words", ""])
    page.keyboard.press("Control+v")
    expect(page.locator(".paste .note")).to_contain_text("text")
    for digit in (7, 2):
        file = BytesIO()
        Image.fromarray(drawn(STROKES[digit])).save(file, "PNG")
        page.evaluate(COPY, ["", b64encode(file.getvalue()).decode()])
        page.keyboard.press("Control+v")
        expect(page.locator(CAPITAL)).to_have_text(str(digit))
        expect(page.locator(".paste .note")).to_have_text("")
    expect(page.get_by_role("textbox", name="Paste a picture here")).to_be_visible()
    page.context.clear_permissions()
