// The link comes before Streamlit's own page, so that the first Tab reaches it. React knows nothing of it and leaves it alone.
const NAMELESS = { Help: "Help for", Open: "Open", Decrement: "Decrease", Increment: "Increase", "Link to heading": "Link to" };
const NAMED = "data-kind"; // the attribute that keeps the first name of what has been named
const ICON = /\s*:material\/\w+:/g; // in the name of a field: as it is written for Streamlit
const SEARCHED = Object.keys(NAMELESS).map((name) => `[aria-label="${name}"]`).join() + `,[${NAMED}],[aria-label*=":material/"]`;
const CAPTIONS = { ".st-key-state": "the state of the training", ".st-key-time_machine": "the time machine" };
// Fields that take no letters, or only once they are open.
const WITHOUT_LETTERS = "input:is([type=range], [type=checkbox], [type=radio])";

export default function ({ data: colours }) {
  for (const [name, colour] of Object.entries(colours)) document.documentElement.style.setProperty("--page-" + name, colour);
  if (document.querySelector(".skip-to-controls")) return;
  const link = document.createElement("button");
  link.className = "skip-to-controls";
  link.textContent = "Skip to the controls";
  const buttons = () => [...document.querySelectorAll(".st-key-controls button:enabled")];
  link.onclick = () => buttons().find((button) => button.offsetParent)?.focus(); // of some there is a hidden copy
  document.body.prepend(link);
  window.addEventListener("keydown", passOn, true);
  new MutationObserver(nameAll).observe(document.body, { childList: true, characterData: true, subtree: true });
  nameAll();
}

// Streamlit is deaf to the keys of its buttons while any field has the focus: the page gets those that the field ignores.
function passOn(event) {
  const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (!/^[a-z]$/i.test(key) || ctrlKey || metaKey || altKey || shiftKey || !target.matches?.(WITHOUT_LETTERS)) return;
  if (!document.querySelector(`kbd[aria-label="Shortcut ${key.toUpperCase()}"]`)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.body.dispatchEvent(new KeyboardEvent("keydown", event));
}

// A name of its own for each of Streamlit's buttons that has only a general one: what it belongs to is added.
function nameAll() {
  for (const element of document.querySelectorAll(SEARCHED)) {
    const kind = element.getAttribute(NAMED) ?? element.ariaLabel;
    const name = kind in NAMELESS ? `${NAMELESS[kind]} ${subject(element)}` : kind.replace(ICON, "");
    if (element.ariaLabel === name) continue;
    if (kind in NAMELESS) element.setAttribute(NAMED, kind);
    element.ariaLabel = name;
  }
}

// The heading, the field, the caption or the text that an element belongs to.
function subject(element) {
  const caption = Object.keys(CAPTIONS).find((place) => element.closest(`${place} [data-testid='stCaptionContainer']`));
  if (caption) return CAPTIONS[caption];
  const heading = element.closest("h1, h2, h3, h4, h5, h6")?.querySelector("[data-heading-text]");
  const field = element.closest("[data-testid='stSelectbox'], [data-testid='stNumberInput'], [data-testid='stMultiSelect']");
  const named = field?.querySelector("input[aria-label]")?.ariaLabel;
  return named ?? (heading ?? element.closest("[data-testid='stMarkdownContainer']"))?.textContent.trim() ?? "";
}
