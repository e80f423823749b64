"""The maps of the digits, as a visitor uses them: point, see the digit, choose it, and watch them move."""

from dashboard.theme import LIGHT, ink_rgb
from nnlib.datasets import load_mnist
from tests.browser.controls import painted, press, run_until_repainted


def test_a_mark_shows_its_digit_a_click_chooses_it_and_the_maps_move_while_it_trains(open_dashboard):
    maps = open_dashboard("mistakes?hidden=16&examples=2000&seed=3")
    maps.get_by_text("Embedding", exact=True).click()
    maps.locator(".map canvas").nth(2).wait_for()
    canvas, readout = maps.locator(".map canvas").first, maps.locator(".scatter-map .readout")
    canvas.focus()
    maps.keyboard.press("ArrowRight")
    maps.keyboard.press("ArrowRight")
    digits = load_mnist()
    readout.locator("canvas").wait_for()
    assert (
        "validation digit no. 2" in readout.inner_text() and f"a {digits.validation.labels[1]}," in readout.inner_text()
    )
    seen = painted(readout.locator("canvas"))
    expected = ink_rgb(digits.validation.images[1], LIGHT).tolist()
    assert [seen[4 * i : 4 * i + 3] for i in range(784)] == expected

    # The mark itself, under the pointer: somewhere inside the ring that the arrow keys have drawn.
    box = canvas.bounding_box()
    maps.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    maps.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2 + 2)
    told = readout.inner_text()
    assert "validation digit no." in told
    maps.mouse.down()
    maps.mouse.up()
    number = int(told.split("no. ")[1].split()[0].replace(",", ""))
    maps.get_by_role("heading", name=f"Validation digit no. {number:,}").wait_for()
    link = maps.get_by_role("link", name="Go through one training step with this digit")
    assert f"{number}" in link.get_attribute("href")

    # While it trains they are moved, never made anew.
    canvas = maps.locator(".map canvas").nth(2)
    run_until_repainted(maps, canvas)
    canvas.press("ArrowRight")
    maps.locator(".scatter-map .readout canvas").wait_for()  # it has the pictures from before
    press(maps, "pause", "paused")
