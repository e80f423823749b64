// A picture in the clipboard goes into the page's file uploader, as if it had been chosen there: the same limits and
// messages hold. It may be pasted anywhere on the page; where the uploader is not shown yet, it is asked for first.
const UPLOADER = ".st-key-picture_file input[type=file]";
const PATIENCE = 10000; // milliseconds
let waiting = null; // the file, until there is an uploader

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".paste");
  const field = root.querySelector(".field");
  const note = root.querySelector(".note");
  field.hidden = !data.uploader;
  for (const [name, colour] of Object.entries(data.colours)) root.style.setProperty("--" + name, colour);
  field.onbeforeinput = (event) => event.preventDefault(); // nothing is written into it
  document.onpaste = (event) => {
    const here = event.composedPath().includes(field);
    const { files } = event.clipboardData;
    const file = [...files].find((each) => each.type.startsWith("image/")) ?? files[0];
    if (!file && !here && event.composedPath()[0].closest?.("input, textarea")) return; // text for a field of the page
    event.preventDefault();
    note.textContent = file ? "" : data.refused;
    if (!file) return;
    waiting = file;
    if (data.uploader) deliver();
    else setTriggerValue("uploader", true);
  };
  if (waiting && data.uploader) deliver();
  return () => { document.onpaste = null; };
}

// Give it to the uploader as soon as that is there.
function deliver(since = performance.now()) {
  const uploader = document.querySelector(UPLOADER);
  if (!waiting || (!uploader && performance.now() - since > PATIENCE)) waiting = null;
  else if (!uploader) requestAnimationFrame(() => deliver(since));
  else {
    const transfer = new DataTransfer();
    transfer.items.add(waiting);
    waiting = null;
    uploader.files = transfer.files;
    uploader.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
