// Paints the units of a layer, one tile each, and shows the weight under the pointer. The message from heatmap_grid.py holds
// the header's length, the header, the weights (only while paused), 256 colours (RGBA), and one colour index per weight.
const SVG = "http://www.w3.org/2000/svg";

export default function ({ data, parentElement, setTriggerValue }) {
  const { header, weights, colours, shades } = unpack(data);
  const [height, width] = header.tile; // the last line of a unit's picture need not be full
  const root = parentElement.querySelector(".heatmap-grid");
  const [tiles, readout, axes] = ["tiles", "readout", "axes"].map((name) => root.querySelector("." + name));
  const kind = header.choosable ? "button" : "div"; // what cannot be clicked is one picture of them all
  tiles.setAttribute("role", header.choosable ? "group" : "img");
  tiles.ariaLabel = header.units.length === 1 ? `${header.names[0]}: ${header.summary}` : header.summary;
  if (tiles.firstChild?.localName !== kind) tiles.replaceChildren();
  root.className = `heatmap-grid ${header.form} ${header.choosable ? "choosable" : ""}`;
  axes.textContent = header.axes;
  root.style.setProperty("--gap", header.gap + "px");
  root.style.setProperty("--label", Math.max(...header.labels.map((label) => label.length)) + 1 + "ch");
  root.style.setProperty("--tile", header.size + "px");
  root.style.setProperty("--shape", header.form === "rows" ? "auto" : `${width} / ${height}`);

  while (tiles.children.length > header.units.length) tiles.lastChild.remove();
  while (tiles.children.length < header.units.length) tiles.append(emptyTile(kind));
  [...tiles.children].forEach((tile, i) => {
    const unit = header.units[i];
    const chosen = unit === header.chosen;
    if (header.choosable) {
      tile.ariaLabel = header.names[i];
      tile.ariaPressed = String(chosen);
      tile.tabIndex = chosen || (i === 0 && !header.units.includes(header.chosen)) ? 0 : -1; // the arrow keys reach the others
      tile.onclick = () => setTriggerValue("chosen", unit);
    }
    tile.lastChild.textContent = header.labels[i];
    paint(tile.firstChild, width, height, colours, shades.subarray(i * header.count, (i + 1) * header.count));
    draw(tile.children[1], width, height, header.outline);
  });

  tiles.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = step && tiles.children[[...tiles.children].indexOf(event.target) + step];
    if (!step) return;
    event.preventDefault();
    next?.focus();
  };

  tiles.onpointerleave = (event) => (readout.hidden = event.pointerType === "mouse"); // after a touch it stays
  tiles.onpointermove = tiles.onpointerdown = (event) => {
    const tile = event.target.closest(".tile");
    readout.hidden = !tile;
    if (!tile) return;
    const i = [...tiles.children].indexOf(tile);
    const box = tile.firstChild.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * width);
    const row = Math.floor(((event.clientY - box.top) / box.height) * height);
    const inside = row >= 0 && row < height && column >= 0 && column < width && row * width + column < header.count;
    readout.textContent = header.names[i] + (inside ? describe(i, row, column) : "");
    const frame = root.getBoundingClientRect();
    const left = event.clientX - frame.left + 12;
    readout.style.left = Math.max(0, Math.min(left, frame.width - readout.offsetWidth)) + "px";
    readout.style.top = event.clientY - frame.top - readout.offsetHeight - 10 + "px";
  };

  function describe(i, row, column) {
    if (!weights) return ` · pause to read its ${header.reads}`;
    const at = row * width + column;
    const place = header.place.replace("{row}", row + 1).replace("{column}", column + 1).replace("{input}", at + 1)
      .replace("{y}", row).replace("{x}", column);
    return `${place && " · "}${place}: ${signed(weights[i * header.count + at])}`;
  }

  const scale = root.querySelector(".scale");
  const [first, last] = header.scale;
  const steps = last - first + 1;
  paint(scale.querySelector("canvas"), steps, 1, colours, Uint8Array.from({ length: steps }, (_, i) => first + i));
  ["low", "high"].forEach((end, i) => (scale.querySelector("." + end).textContent = header.limits[i]));
}

function unpack(data) {
  const bytes = data.slice(); // a copy, so that the weights are aligned
  const length = new Uint32Array(bytes.buffer, 0, 1)[0];
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const count = header.units.length * header.count;
  let at = 4 + length;
  const weights = header.readable ? new Float32Array(bytes.buffer, at, count) : null;
  at += header.readable ? 4 * count : 0;
  return { header, weights, colours: new Uint32Array(bytes.buffer, at, 256), shades: bytes.subarray(at + 1024) };
}

function emptyTile(kind) {
  const tile = document.createElement(kind);
  tile.className = "tile";
  const drawing = document.createElementNS(SVG, "svg");
  drawing.append(document.createElementNS(SVG, "path"));
  tile.append(document.createElement("canvas"), drawing, document.createElement("span"));
  for (const part of tile.children) part.ariaHidden = "true"; // the tile has a name of its own
  return tile;
}

function draw(drawing, width, height, outline) {
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawing.firstChild.setAttribute("d", outline);
}

function paint(canvas, width, height, colours, shades) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  shades.forEach((shade, i) => (pixels[i] = colours[shade]));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function signed(number) {
  const digits = number.toPrecision(3);
  return number > 0 ? "+" + digits : digits.replace("-", "−");
}
