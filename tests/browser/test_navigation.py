"""From page to page and back: whatever follows at once, the last page asked for is the page shown, and each key acts
once. What a hasty visitor does is done by a script in the page, so that it is as hasty however busy the machine is."""

import os
import random
import re
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from dashboard.shell.settings_view import LEARNING_RATES
from tests.browser.controls import button, expect_page, line, press, visit

FEW = "?hidden=16&examples=1000"  # sixteen mini-batches an epoch
EPOCH = 16
PAGES = ("Train", "Draw", "Shapes", "Weights", "Checks", "Mistakes")  # with the settings unfolded
RATE = ".st-key-setting_learning_rate input[type=range]"
ACTIONS = int(
    os.environ.get("NAVIGATION_ACTIONS", "0")
)  # of the random walk, beyond one of each kind; 500 take minutes
KEYS = {"b": "step_batch", "e": "step_epoch", "g": "run", "p": "pause"}

# Each of [kind, what, milliseconds until the next]; an error if what is to be pressed is not there.
HASTE = """async actions => {
    const visible = selector => [...document.querySelectorAll(selector)].find(found => found.checkVisibility())
    const strike = (target, key) => {
        for (const event of ["keydown", "keyup"]) {
            target.dispatchEvent(new KeyboardEvent(event, {key, code: key, bubbles: true}))
        }
    }
    for (const [kind, what, wait] of actions) {
        if (kind === "link") {
            const links = [...document.querySelectorAll('[data-testid="stTopNavLink"]')]
            links.find(link => link.innerText.endsWith(what)).click()
        } else if (kind === "button") {
            visible(`.st-key-${what} button`).click()
        } else if (kind === "key") {
            document.activeElement?.blur()
            strike(document.body, what)
        } else {
            const slider = visible(kind)
            slider.focus()
            strike(slider, what)
        }
        await new Promise(resolve => setTimeout(resolve, wait))
    }
}"""
# How many mini-batches the line at the bottom says, of sixteen an epoch; none while it trains or is being drawn.
STEPS = """() => {
    const app = document.querySelector('[data-testid="stApp"]'), line = document.querySelector('.st-key-state')
    if (app.dataset.testScriptState !== "notRunning" || !document.querySelector("h1") || !line) return null
    const [, epochs, batch] = line.innerText.match(/epoch ([\\d.]+)(?: \\(batch (\\d+)\\))?/) ?? []
    if (!epochs || line.innerText.includes("running")) return null
    return batch ? Math.floor(epochs) * 16 + Number(batch) % 16 : Math.round(epochs * 16)
}"""
# Whether leaving now asks first.
WOULD_ASK = "() => !window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"


def act(page, *actions, wait=0):
    """Do all this at once, or with so many milliseconds after each."""
    page.evaluate(HASTE, [[*each, wait] for each in actions])


def settle(page, steps=None):
    """Wait until the page is complete and nothing trains, and so many mini-batches have been trained."""
    expected = f"({STEPS})() === {steps}" if steps is not None else f"({STEPS})() !== null"
    page.wait_for_function(expected)


def query(page):
    return {name: value for name, [value] in parse_qs(urlsplit(page.url).query).items()}


def test_the_page_asked_for_is_shown_whatever_follows_at_once(open_dashboard):
    page, trained = open_dashboard(FEW), 0
    for what, steps in (([("button", "step_epoch")], EPOCH), ([(RATE, "ArrowRight"), ("key", "b")], 1)):
        act(page, ("link", "Mistakes"), *what, ("link", "Shapes"), *what)
        trained += 2 * steps
        settle(page, trained)
        expect_page(page, "Shapes")
        expect(page).to_have_url(re.compile("/shapes"))
        act(page, ("link", "Data"), ("link", "Shapes"), *what)  # back to the page that is still shown
        trained += steps
        settle(page, trained)
        expect_page(page, "Shapes")
    expect(page).to_have_url(re.compile("lr=0.5"))  # from 0.1 by 0.2 and 0.3
    act(page, ("key", "e"), ("key", "e"))
    settle(page, (trained // EPOCH + 2) * EPOCH)
    act(page, ("button", "run"))
    expect(line(page)).to_contain_text("running")
    act(page, ("link", "Weights"), (RATE, "ArrowLeft"), ("key", "p"))
    expect(line(page)).to_contain_text("paused")
    expect_page(page, "Weights")
    expect(page).to_have_url(re.compile("lr=0.3"))


def test_back_undoes_one_change_or_page_and_forward_makes_it_again(open_dashboard):
    """By a link with what other sites add to it, which tells nothing. Leaving asks if there is something to lose."""
    page = open_dashboard(f"{FEW}&utm_source=x&fbclid=y")
    expect(page.locator(".st-key-address_problems")).to_have_count(0)
    page.locator("h1").click()
    assert not page.evaluate(WOULD_ASK)
    press(page, "step_batch", "batch 1")
    page.wait_for_function(WOULD_ASK)
    page.locator(RATE).press("ArrowRight")
    expect(page).to_have_url(re.compile("lr=0.2"))
    visit(page, "Weights")
    button(page, "add_layer").click()
    expect(page).to_have_url(re.compile("hidden=16-32"))
    settle(page, 0)
    act(page, ("key", "e"))
    settle(page, EPOCH)
    page.go_back()
    settle(page, 1)
    expect_page(page, "Weights")
    page.go_back()
    expect_page(page, "Train")
    expect(page.locator(RATE)).to_have_attribute("aria-valuetext", "0.2")
    page.go_back()
    expect(page.locator(RATE)).to_have_attribute("aria-valuetext", "0.1")
    settle(page, 1)
    page.go_forward()
    expect(page.locator(RATE)).to_have_attribute("aria-valuetext", "0.2")
    page.go_forward()
    expect_page(page, "Weights")
    settle(page, 1)
    page.go_forward()
    settle(page, EPOCH)
    assert query(page)["hidden"] == "16-32"
    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asking:
        page.evaluate("history.go(-4)")  # three changes and a page
    assert asking.value.type == "beforeunload"


def test_a_random_walk_ends_on_the_right_page_with_the_right_numbers(open_dashboard):
    """In bursts of hasty actions. After each everything is checked that has a right answer: the page, the address, the
    mini-batches trained, and the settings."""
    page, rng = open_dashboard(FEW), random.Random(7)
    walk = Walk(page, rng)
    kinds = [walk.hurry, walk.train, walk.go_back, walk.look_back, walk.undo_network]
    for kind in kinds:
        kind()
        walk.check()
    while walk.actions < ACTIONS:
        rng.choice([walk.hurry, walk.hurry, *kinds])()
        walk.check()


class Walk:
    def __init__(self, page, rng):
        self.page, self.rng, self.actions = page, rng, 0
        self.name, self.rate, self.steps = "Train", LEARNING_RATES.index(0.1), 0
        self.address, self.depth = page.url, 0  # in the history, at least
        self.moved = False  # the learning rate, since the last check: its slider may be redrawn in between

    def act(self, *actions):
        self.actions += len(actions)
        act(self.page, *actions, wait=self.rng.choice([0, 0, 20, 60]))

    def wander(self):
        """A link to another page, or the learning rate up or down."""
        if self.moved or self.rng.random() < 0.6:
            self.name = self.rng.choice([name for name in PAGES if name != self.name])
            return "link", self.name
        up = self.rate < 8 or (self.rate < 14 and self.rng.random() < 0.5)  # where nothing explodes
        self.rate, self.moved = self.rate + (1 if up else -1), True
        return RATE, "ArrowRight" if up else "ArrowLeft"

    def step(self):
        self.steps += 1
        return self.rng.choice([("key", "b"), ("button", KEYS["b"])])

    def hurry(self):
        """Pages, settings and mini-batches in any order, at last perhaps an epoch or two."""
        actions = [self.rng.choice([self.wander, self.wander, self.step])() for _ in range(self.rng.randint(3, 9))]
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            self.steps = (self.steps // EPOCH + 1) * EPOCH
            actions.append(("key", "e"))
        self.act(*actions, *([self.wander()] if self.rng.random() < 0.5 else []))

    def train(self):
        """Pages and settings while it trains, and Pause at last or among them."""
        self.act(self.rng.choice([("key", "g"), ("button", KEYS["g"])]))
        expect(line(self.page)).to_contain_text("running")
        actions = [self.wander() for _ in range(self.rng.randint(1, 5))]
        actions.insert(self.rng.randint(1, len(actions)), self.rng.choice([("key", "p"), ("button", KEYS["p"])]))
        self.act(*actions)
        expect(line(self.page)).to_contain_text("paused")
        settle(self.page)
        self.steps = self.page.evaluate(STEPS)

    def go_back(self):
        """Back, and perhaps Forward."""
        if not self.depth:
            return
        self.page.go_back()
        if self.rng.random() < 0.5:
            self.page.go_forward()
        else:
            self.depth -= 1
        self.actions += 2
        self.address = self.page.url
        settle(self.page)
        path = urlsplit(self.page.url).path.strip("/")
        self.name = next((name for name in PAGES if name.lower() == path), "Train")
        self.rate = LEARNING_RATES.index(float(query(self.page).get("lr", 0.1)))

    def look_back(self):
        """The time machine, which a mini-batch leaves."""
        slider = '[class*="st-key-snapshot_"] input[type=range]'
        if self.steps and self.page.locator(slider).count():
            for _ in range(4):  # the slider may be redrawn just as the key is pressed
                self.act((slider, "Home"))
                with suppress(AssertionError):
                    expect(self.page.locator(".st-key-seen_past")).to_be_visible(timeout=5_000)
                    break
            expect(self.page.locator(".st-key-seen_past")).to_be_visible()
            self.act(self.wander(), self.step())

    def undo_network(self):
        """Another network, and Back to the one before with its training."""
        self.act(("button", "add_layer"))
        settle(self.page, 0)
        self.page.go_back()
        self.actions += 1

    def check(self):
        settle(self.page, self.steps)
        expect_page(self.page, self.name)
        rate = f"{LEARNING_RATES[self.rate]:g}"
        expect(self.page.locator(RATE)).to_have_attribute("aria-valuetext", rate)
        expect(self.page).to_have_url(re.compile("/(" + ("" if self.name == "Train" else self.name.lower()) + r")\?"))
        assert query(self.page).get("lr", "0.1") == rate
        assert self.page.get_by_test_id("stException").count() == 0
        self.depth += self.page.url != self.address
        self.address, self.moved = self.page.url, False
