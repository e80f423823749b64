// Draws the network for one digit on a canvas: the digit, the units or maps of every layer, the lines between them, the
// outputs. New values repaint it, so what is pointed at stays so. The message is described in network_graph_message.py.
const TEXT = 11; // pixels, as all lengths here
const TOP = 34; // the two lines of text above a column
const NEAR = 4; // so near a line the pointer means it
const FAINT = 0.04; // a line below this share of the strongest is not drawn
const PACE = 300; // milliseconds from one place of a kernel to the next
const TYPES = { f4: Float32Array, u1: Uint8Array, i2: Int16Array };
const graphs = new WeakMap(); // by their root element

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".network-graph");
  if (!graphs.has(root)) graphs.set(root, new NetworkGraph(root));
  graphs.get(root).show(unpack(data), (choice) => setTriggerValue("opened", choice));
}

// The message with its arrays in place.
function unpack(data) {
  const bytes = data.slice(); // a copy, so that the arrays are aligned
  const start = 4 + new Uint32Array(bytes.buffer, 0, 1)[0];
  const array = (key, value) =>
    value?.type in TYPES ? new TYPES[value.type](bytes.buffer, start + value.at, value.count) : value;
  return JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)), array);
}

class NetworkGraph {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector(".picture");
    this.readout = root.querySelector(".readout");
    this.panel = new Panel(root.querySelector(".panel"), () => this.repaint());
    this.target = null; // what the pointer is at: see `find`
    this.focus = null; // { column, k }: the unit or map that the panel explains
    this.pointer = null;
    this.frame = null; // the one asked for
    this.listen();
    new ResizeObserver(() => this.repaint()).observe(this.canvas);
    this.timer = setInterval(() => this.slide(), PACE);
  }

  show(message, open) {
    const kind = (columns) => JSON.stringify(columns.map(({ layer, shown, count }) => [layer, shown, count]));
    const other = !this.message || kind(message.columns) !== kind(this.message.columns);
    Object.assign(this, { message, open, columns: message.columns, last: message.columns.length - 1 });
    const focus = { column: 1, k: largest(message.columns[1].activations) };
    if (other) Object.assign(this, { view: null, target: null, focus });
    const { table } = message;
    this.pixels = Uint32Array.from({ length: 256 }, (_, i) => opaque(table[3 * i], table[3 * i + 1], table[3 * i + 2]));
    for (const [name, colour] of Object.entries(message.colours)) this.root.style.setProperty("--" + name, colour);
    this.canvas.ariaLabel = message.alt;
    this.canvas.ariaDescription = "Arrow keys go from unit to unit and tell its numbers, Enter opens it on Weights.";
    this.repaint();
  }

  // At once what is told, and the picture with the browser's next frame, however often this is called before.
  repaint() {
    if (!this.message || !this.canvas.clientWidth) return; // not on the screen
    if (this.view) this.tell();
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (!this.canvas.clientWidth) return; // no longer
      this.draw();
      this.panel.show(this);
    });
  }

  slide() {
    if (!this.root.isConnected) return clearInterval(this.timer);
    if (this.message && this.panel.moves(this) && this.target?.kind !== "pixel") this.repaint();
  }

  // Where everything stands.
  place() {
    const { columns, last } = this;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const wide = width > 480;
    const [rows, across] = this.message.shape;
    const side = Math.min(140, Math.max(58, 0.19 * width));
    const scale = side / Math.max(rows, across);
    const digit = { left: 2, width: scale * across, height: scale * rows };
    digit.top = TOP + (height - TOP - digit.height) / 2;
    const right = width - (wide ? 172 : 102);
    const step = (right - digit.left - digit.width) / last;
    const nodes = columns.map((column, i) => {
      const n = column.shown.length;
      const room = (height - TOP - 6) / n;
      const size = column.maps ? Math.min(46, room - 4, 0.7 * step) : Math.min(18, 0.8 * room, 0.5 * step);
      const x = digit.left + digit.width + i * step - (i < last ? 0.12 * step : 0);
      return Array.from({ length: n }, (_, k) => ({ x, y: TOP + room * (k + 0.5), half: size / 2, room }));
    });
    return { width, height, wide, digit, scale, step, nodes };
  }

  // The lines into every unit shown: where from and to, and their share of the strongest, the faintest first.
  lines({ digit, scale, nodes }) {
    const { columns, message } = this;
    const [down, right] = message.block;
    const perRow = Math.ceil(message.shape[1] / right);
    const found = [];
    columns.forEach((column, i) => {
      if (!i || !(column.received || column.apart)) return;
      const sources = column.apart ? column.shown.length : column.received.length / column.shown.length;
      for (let k = 0; k < column.shown.length; k++) {
        const to = { x: nodes[i][k].x - nodes[i][k].half, y: nodes[i][k].y };
        for (let j = 0; j < sources; j++) {
          if (column.apart && j !== k) continue;
          const share = column.apart ? null : column.received[k * sources + j] / column.receivedLimit;
          let from = { x: digit.left + digit.width, y: digit.top + digit.height / 2 };
          if (i > 1) from = { x: nodes[i - 1][j].x + nodes[i - 1][j].half, y: nodes[i - 1][j].y };
          else if (sources > 1) {
            const [row, place] = [Math.floor(j / perRow), j % perRow];
            const middle = (at, length, whole) => scale * Math.min((at + 0.5) * length, (at * length + whole) / 2);
            from = {
              x: digit.left + middle(place, right, message.shape[1]),
              y: digit.top + middle(row, down, message.shape[0]),
            };
          }
          if (share === null || !(Math.abs(share) < FAINT)) found.push({ column: i, k, j, share, from, to });
        }
      }
    });
    return found.sort((a, b) => Math.abs(a.share ?? 0) - Math.abs(b.share ?? 0));
  }

  draw() {
    const view = (this.view = this.place());
    view.lines = this.lines(view);
    const pen = fitted(this.canvas, view.width, view.height);
    this.family = getComputedStyle(this.root).fontFamily;
    const meant = this.target?.kind === "unit" ? this.target : null;
    for (const line of view.lines) {
      const { column, k, j } = line;
      const lit = this.target?.kind === "line" && same(line, this.target);
      const into = meant && meant.column === column && meant.k === k;
      const outOf = meant && meant.column === column - 1 && meant.k === j;
      pen.globalAlpha = !meant || into || outOf ? 1 : 0.15;
      pen.strokeStyle = line.share === null ? this.message.colours.grid : this.colour(line.share);
      pen.lineWidth = lit ? 5 : 0.5 + 2.5 * Math.min(1, Math.abs(line.share ?? 0.2));
      pen.beginPath();
      pen.moveTo(line.from.x, line.from.y);
      pen.lineTo(line.to.x, line.to.y);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    this.drawDigit(pen, view);
    this.columns.forEach((column, i) => i && this.drawColumn(pen, view, column, i));
    this.drawOutputs(pen, view);
  }

  drawDigit(pen, { digit }) {
    const { shape, image, colours } = this.message;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(inked(image, shape, colours.ink), digit.left, digit.top, digit.width, digit.height);
    pen.strokeStyle = colours.grid;
    pen.lineWidth = 1;
    pen.strokeRect(digit.left - 0.5, digit.top - 0.5, digit.width + 1, digit.height + 1);
    pen.textAlign = "left";
    this.write(pen, `${shape[0]} × ${shape[1]}`, digit.left, digit.top - 20, colours.muted);
    this.write(pen, "pixels", digit.left, digit.top - 7, colours.muted);
    const window = this.panel.window(this);
    if (window) this.outline(pen, digit, shape, window.input);
  }

  // A frame around pixels of a picture of this shape that stands in this box.
  outline(pen, box, [height, width], { row, column, size }) {
    const [across, down] = [box.width / width, box.height / height];
    pen.strokeStyle = this.message.colours.accent;
    pen.lineWidth = 2;
    pen.strokeRect(box.left + across * column, box.top + down * row, across * size, down * size);
  }

  drawColumn(pen, { nodes, step, height }, column, i) {
    const { colours } = this.message;
    const last = i === this.last;
    const window = this.panel.window(this);
    nodes[i].forEach((node, k) => {
      const lit = this.focus.column === i && this.focus.k === k;
      pen.lineWidth = lit ? 2.5 : 1;
      pen.strokeStyle = lit ? colours.accent : colours.muted;
      if (column.maps) {
        const [rows, across] = column.tile;
        const box = { left: node.x - node.half, top: node.y - node.half, width: 2 * node.half, height: 2 * node.half };
        const picture = this.painted(column.maps.subarray(k * rows * across, (k + 1) * rows * across), column.tile);
        pen.drawImage(picture, box.left, box.top, box.width, box.height);
        pen.strokeRect(box.left - 0.5, box.top - 0.5, box.width + 1, box.height + 1);
        if (lit && window) this.outline(pen, box, column.tile, window.output);
        if (column.pictures && step > 45) {
          const kernel = this.painted(this.kernel(column, k), this.kernelShape(column));
          pen.drawImage(kernel, box.left - 18, node.y - 7, 14, 14);
        }
        return;
      }
      pen.fillStyle = this.colour(column.activations[k] / column.limit);
      pen.beginPath();
      pen.arc(node.x, node.y, node.half, 0, 2 * Math.PI);
      pen.fill();
      pen.stroke();
    });
    if (last) return;
    pen.textAlign = "center";
    const x = nodes[i][0].x;
    const fits = (text) => pen.measureText(text).width < step - 4;
    pen.font = `${TEXT}px ${this.family}`;
    const [layer] = column.layer.split(", ");
    const first = [column.layer, layer, layer.replace(/ \d.*/, ""), ""].find(fits);
    this.write(pen, first, x, 8, colours.muted);
    this.write(pen, fits(column.count) ? column.count : column.short, x, 22, colours.muted);
  }

  drawOutputs(pen, { nodes, wide, width }) {
    const { names, outputs, guess, truth, probabilities, colours } = this.message;
    const column = this.columns[this.last];
    const single = column.shown.length === 1 && names.length > 1;
    const known = Number.isFinite(outputs[guess]); // otherwise there is no guess
    const most = probabilities ? 1 : Math.max(1, ...Array.from(outputs, Math.abs).filter(Number.isFinite));
    const room = Math.max(...column.names.map((name) => pen.measureText(name).width), 8);
    const left = nodes[this.last][0].x + nodes[this.last][0].half + 5;
    const bar = left + Math.min(room, 40) + 4;
    const length = wide ? 48 - Math.max(0, Math.min(room, 40) - 12) : Math.max(10, width - bar - 56);
    pen.textAlign = "left";
    const marks = (k) => {
      if (k === guess && known) return k === truth ? ["✓ right", colours.right] : ["✗ guess", colours.wrong];
      return k === truth ? ["true", colours.right] : ["", colours.ink];
    };
    column.shown.forEach((unit, k) => {
      const { y, room } = nodes[this.last][k];
      const which = single ? names.length - 1 : unit;
      const value = outputs[which];
      const [mark, colour] = single ? ["", colours.ink] : marks(which);
      this.write(pen, column.names[k], left, y, colour, mark !== "");
      const height = Math.min(10, room - 3);
      pen.fillStyle = colours.grid;
      pen.fillRect(bar, y - height / 2, length, height);
      pen.fillStyle = mark ? colour : colours.muted;
      pen.fillRect(bar, y - height / 2, (length * Math.min(1, Math.abs(value) || 0)) / most, height);
      const text = probabilities ? percent(value) : signed(value);
      this.write(pen, text, bar + length + 4, y, mark ? colour : colours.muted);
      if (mark && wide) this.write(pen, mark, bar + length + 46, y, colour, true);
      else if (mark) this.write(pen, mark[0] === "t" ? "◂" : mark[0], width - 10, y, colour, true);
    });
    if (single) {
      const y = nodes[this.last][0].y;
      this.write(pen, `probability of ${names[names.length - 1]}`, left, y - 20, colours.muted);
      if (known) this.write(pen, `guess ${names[guess]} ${guess === truth ? "✓" : "✗"}`, left, y + 20, marks(guess)[1], true);
      if (guess !== truth || !known) this.write(pen, `true ${names[truth]}`, left, y + 36, colours.right, true);
    }
  }

  write(pen, text, x, y, colour, bold = false) {
    pen.font = `${bold ? "600 " : ""}${TEXT}px ${this.family}`;
    pen.textBaseline = "middle";
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  }

  colour(share) {
    const at = 3 * shade(share);
    const { table } = this.message;
    return `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
  }

  // Colour indices as a picture.
  painted(shades, [height, width]) {
    return pictureOf(width, height, (pixels) => shades.forEach((each, i) => (pixels[i] = this.pixels[each])));
  }

  kernel(column, k) {
    return weightsOf(column, k).map((weight) => weight / column.picturesLimit).map(shade);
  }

  kernelShape(column) {
    const side = Math.sqrt(column.pictures.length / column.shown.length);
    return [side, side];
  }

  // What is at a place of the canvas: { kind: "unit" | "bar", column, k }, { kind: "line", column, k, j },
  // { kind: "pixel", row, column }, or null.
  find({ x, y }) {
    const { digit, scale, nodes, lines } = this.view;
    for (let i = this.last; i > 0; i--) {
      const k = nodes[i].findIndex((node) => Math.max(Math.abs(x - node.x), Math.abs(y - node.y)) <= node.half + 2);
      if (k >= 0) return { kind: "unit", column: i, k };
    }
    const end = nodes[this.last];
    const row = end.findIndex((node) => Math.abs(y - node.y) <= node.room / 2);
    if (x > end[0].x + end[0].half && row >= 0) return { kind: "bar", column: this.last, k: row };
    const [down, across] = [Math.floor((y - digit.top) / scale), Math.floor((x - digit.left) / scale)];
    const [height, width] = this.message.shape;
    if (down >= 0 && across >= 0 && down < height && across < width) return { kind: "pixel", row: down, column: across };
    let [best, found] = [NEAR, null];
    for (const line of lines) {
      const away = distance(x, y, line.from, line.to);
      if (away <= best && line.share !== null) [best, found] = [away, line];
    }
    return found && { kind: "line", column: found.column, k: found.k, j: found.j };
  }

  // The readout beside the pointer.
  tell() {
    const { readout, target, pointer, view } = this;
    readout.hidden = !target;
    if (!target) return;
    readout.textContent = this.describe(target);
    const right = pointer.x > view.width / 2;
    const left = right ? pointer.x - readout.offsetWidth - 10 : pointer.x + 14;
    readout.style.left = Math.max(0, Math.min(left, view.width - readout.offsetWidth)) + "px";
    readout.style.top = Math.max(0, pointer.y - readout.offsetHeight - 8) + "px";
  }

  describe(target) {
    const column = this.columns[target.column];
    if (target.kind === "pixel") {
      const { image, shape, scaling } = this.message;
      const value = image[target.row * shape[1] + target.column] * scaling[0] + scaling[1];
      const told = `pixel in row ${target.row + 1}, column ${target.column + 1}: ${plain(value)}`;
      const { column, k } = this.focus;
      if (!this.columns[column].pictures || this.columns[column].maps) return told;
      const weight = weightsOf(this.columns[column], k)[target.row * shape[1] + target.column];
      return `${told} × weight ${signed(weight)} of ${this.name(column, k)} = ${signed(value * weight)}`;
    }
    const name = this.name(target.column, target.k);
    if (target.kind !== "line") {
      const mean = column.maps ? "mean " : "";
      const z = column.z ? `${mean}z = ${plain(column.z[target.k])}` : "";
      const { names, outputs } = this.message;
      // A single output tells the probability of the last class.
      const value = outputs[column.shown.length === 1 && names.length > 1 ? names.length - 1 : column.shown[target.k]];
      const a = column.names.length ? `output ${plain(value)}` : `${mean}activation ${plain(column.activations[target.k])}`;
      return `${name}: ${[z, a].filter(Boolean).join(", ")}`;
    }
    const sources = column.received.length / column.shown.length;
    const product = signed(column.received[target.k * sources + target.j]);
    const before = this.columns[target.column - 1];
    if (column.weights) {
      const weight = signed(column.weights[target.k * sources + target.j]);
      const activation = plain(before.activations[target.j]);
      const from = this.name(target.column - 1, target.j);
      return `${from} → ${name}: weight ${weight} × activation ${activation} = ${product}`;
    }
    const mean = column.maps ? "mean z" : "z";
    if (target.column > 1) return `${this.name(target.column - 1, target.j)} → ${name}: adds ${product} to ${mean}`;
    if (sources === 1) return `pixels → ${name}: adds ${product} to ${mean}`;
    const { shape, block } = this.message;
    const perRow = Math.ceil(shape[1] / block[1]);
    const part = (at, length, whole) => `${at * length + 1}–${Math.min(whole, (at + 1) * length)}`;
    const rows = part(Math.floor(target.j / perRow), block[0], shape[0]);
    return `pixels in rows ${rows}, columns ${part(target.j % perRow, block[1], shape[1])} → ${name}: add ${product} to z`;
  }

  name(i, k) {
    const column = this.columns[i];
    const { names } = this.message;
    const single = column.shown.length === 1 && names.length > 1;
    if (column.names.length) return `class ${names[single ? names.length - 1 : column.shown[k]]}`;
    const { number } = column.apart ? this.columns[i - 1] : column;
    const place = (number ? ` of layer ${number}` : "") + (column.number ? "" : `, ${column.layer}`);
    return `${column.kind} ${column.shown[k] + 1}${place}`;
  }

  // What a click on a target asks for: a unit on the Weights page, or the cell of its weighted sum in One step.
  asks(target) {
    const at = target.column - (this.columns[target.column]?.apart ? 1 : 0);
    const column = this.columns[at];
    if (target.kind === "pixel" || !column?.number) return null;
    const unit = column.shown[target.k];
    if (target.kind === "unit") return { page: "weights", number: column.number, unit };
    const here = this.focus.column === at && this.focus.k === target.k ? this.panel.window(this)?.output : null;
    const place = here ? here.row * column.tile[1] + here.column : 0;
    return { page: "step", number: column.number, unit, place };
  }

  listen() {
    const { canvas } = this;
    const point = (event) => {
      if (!this.view) return;
      const box = canvas.getBoundingClientRect();
      this.pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
      this.target = this.find(this.pointer);
      if (this.target?.kind === "pixel") this.panel.follow(this, this.target);
      else if (this.target) this.focus = { column: this.target.column, k: this.target.k };
      canvas.style.cursor = this.target && this.asks(this.target) ? "pointer" : "default";
      this.repaint();
    };
    canvas.onpointermove = (event) => event.pointerType === "mouse" && point(event);
    canvas.onpointerdown = (event) => {
      const before = this.target;
      point(event);
      // The first touch shows what is there, the second one opens it, as a click does.
      const again = before && before.kind === this.target?.kind && same(before, this.target);
      this.ready = event.pointerType === "mouse" || again;
    };
    canvas.onclick = () => {
      const choice = this.ready && this.target && this.asks(this.target);
      if (choice) this.open(choice);
    };
    canvas.onkeydown = (event) => {
      const { column, k } = this.focus;
      const move = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey || !(move || event.key === "Enter")) return;
      event.preventDefault();
      const next = Math.max(1, Math.min(this.last, column + (move?.[0] ?? 0)));
      const unit = Math.max(0, Math.min(this.columns[next].shown.length - 1, k + (move?.[1] ?? 0)));
      this.focus = { column: next, k: unit };
      this.target = { kind: "unit", ...this.focus };
      this.pointer = this.view.nodes[next][unit];
      this.repaint();
      const choice = event.key === "Enter" && this.asks(this.target);
      if (choice) this.open(choice);
    };
    canvas.onblur = () => {
      this.target = null;
      this.repaint();
    };
    canvas.onpointerleave = (event) => {
      if (event.pointerType !== "mouse") return; // after a touch it stays
      this.target = null;
      this.repaint();
    };
  }
}

// Explains one unit: the digit times its weights, a kernel on its patch, or the inputs that matter most.
class Panel {
  constructor(root, repaint) {
    this.root = root;
    const parts = [".title", ".pictures", ".text", ".motion", ".seen"].map((name) => root.querySelector(name));
    [this.title, this.pictures, this.text, this.button, this.seen] = parts;
    this.at = 0; // the place of the kernel, counted row by row
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.button.onclick = () => {
      this.still = !this.still;
      repaint();
    };
  }

  // The convolution on the picture that is explained: of the map in focus, or the first one.
  kernels(graph) {
    const [column, { column: at, k }] = [graph.columns[1], graph.focus];
    if (!column.maps || !column.pictures) return null;
    return at === 1 || (at === 2 && graph.columns[2].apart) ? { column, k } : null;
  }

  // Where the kernel is: { input, output }, each { row, column, size }; null if none is explained.
  window(graph) {
    const found = this.kernels(graph);
    if (!found) return null;
    const { tile, stride, padding } = found.column;
    const [size] = graph.kernelShape(found.column);
    const [row, column] = [Math.floor(this.at / tile[1]) % tile[0], this.at % tile[1]];
    const input = { row: row * stride - padding, column: column * stride - padding, size };
    return { input, output: { row, column, size: 1 } };
  }

  // On to the next place where there is ink; false if the kernel stands still.
  moves(graph) {
    const found = this.kernels(graph);
    if (!found || this.still) return false;
    const places = found.column.tile[0] * found.column.tile[1];
    for (let tries = 0; tries < places; tries++) {
      this.at = (this.at + 1) % places;
      if (this.patch(graph, this.window(graph)).some((_, i, all) => all[i] !== all[0] || all[0] > 0)) break;
    }
    return true;
  }

  follow(graph, { row, column }) {
    const found = this.kernels(graph);
    if (!found) return;
    const { tile, stride, padding } = found.column;
    const [size] = graph.kernelShape(found.column);
    const place = (at, length) =>
      Math.max(0, Math.min(length - 1, Math.round((at + padding - (size - 1) / 2) / stride)));
    this.at = place(row, tile[0]) * tile[1] + place(column, tile[1]);
  }

  patch(graph, { input }) {
    const { image, shape, scaling } = graph.message;
    return Array.from({ length: input.size ** 2 }, (_, i) => {
      const [row, column] = [input.row + Math.floor(i / input.size), input.column + (i % input.size)];
      const inside = row >= 0 && column >= 0 && row < shape[0] && column < shape[1];
      return inside ? image[row * shape[1] + column] * scaling[0] + scaling[1] : 0;
    });
  }

  show(graph) {
    const { focus, columns } = graph;
    const column = columns[focus.column];
    const window = this.window(graph);
    this.title.textContent = capital(graph.name(focus.column, focus.k));
    this.button.hidden = !window;
    this.button.textContent = this.still ? "Move the kernel" : "Stop the kernel";
    const factors = window ? this.onPatch(graph, window) : column.pictures ? this.onDigit(graph, column, focus.k) : null;
    this.pictures.hidden = !factors;
    if (factors) this.drawFactors(graph, factors);
    const lines = window ? this.sumOfPatch(graph, window, factors) : this.sum(graph, column, focus);
    this.text.replaceChildren(...lines.map((line) => written("div", line)));
    this.seen.hidden = !window;
    if (window) this.drawSeen(graph);
  }

  // For comparison, what a unit of a dense layer would see: all of the digit.
  drawSeen({ message }) {
    const [canvas, text] = this.seen.children;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const pen = fitted(canvas, width, height);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(inked(message.image, message.shape, message.colours.ink), 0, 0, width, height);
    const n = message.image.length;
    text.textContent = `A unit of a dense layer would see all ${n} pixels at once, through ${n} weights.`;
  }

  onDigit({ message }, column, k) {
    const inputs = Array.from(message.image, (pixel) => pixel * message.scaling[0] + message.scaling[1]);
    return { inputs, weights: weightsOf(column, k), limit: column.picturesLimit, shape: message.shape };
  }

  onPatch(graph, window) {
    const { column, k } = this.kernels(graph);
    const shape = graph.kernelShape(column);
    return { inputs: this.patch(graph, window), weights: weightsOf(column, k), limit: column.picturesLimit, shape };
  }

  // inputs x weights = products, three pictures.
  drawFactors(graph, { inputs, weights, limit, shape }) {
    const { scaling, colours } = graph.message;
    const products = inputs.map((input, i) => input * weights[i]);
    const most = Math.max(...products.map(Math.abs)) || 1;
    const pixels = inputs.map((input) => (input - scaling[1]) / scaling[0]);
    const shades = (values, end) => graph.painted(values.map((value) => shade(value / end)), shape);
    const pictures = [inked(pixels, shape, colours.ink), shades(weights, limit), shades(products, most)];
    this.pictures.querySelectorAll("canvas").forEach((canvas, i) => {
      const pen = fitted(canvas, canvas.clientWidth, canvas.clientHeight);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(pictures[i], 0, 0, canvas.clientWidth, canvas.clientHeight);
    });
  }

  sumOfPatch(graph, { output }, { inputs, weights }) {
    const { column, k } = this.kernels(graph);
    const sum = inputs.reduce((total, input, i) => total + input * weights[i], 0);
    const [rows, across] = column.tile;
    const activation = column.layer.split(", ").slice(1).join(", ");
    const before = activation ? `, before ${activation}` : "";
    return [
      `sum ${plain(sum)} ${added(column.b[k])} (bias) = z ${plain(sum + column.b[k])}`,
      `z is the number in row ${output.row + 1}, column ${output.column + 1} of this map${before}.`,
      `The same ${inputs.length} weights serve at all ${(rows * across).toLocaleString("en")} places.`,
    ];
  }

  sum(graph, column, { column: i, k }) {
    const activation = column.layer.split(", ").slice(1).join(", ");
    const a = plain(column.activations[k]);
    if (!column.z) return [`${capital(column.layer)}: ${column.maps ? "mean of the map" : "output"} ${a}`];
    const mean = column.maps ? "mean " : "";
    const ending = [
      `sum ${plain(column.z[k] - column.b[k])} ${added(column.b[k])} (bias) = ${mean}z ${plain(column.z[k])}`,
      ...(activation ? [`${activation}: ${mean}activation ${a}`] : []),
    ];
    if (!column.topReceived) {
      if (column.maps) return ending;
      const n = graph.message.image.length;
      return [`${n} pixels × ${n} weights = ${n} products`, ...ending];
    }
    const before = graph.columns[i - 1];
    const each = column.top[k].length;
    const rows = column.top[k].map((input, t) => {
      const name = `${before.kind} ${input + 1}`;
      const product = signed(column.topReceived[k * each + t]);
      if (!column.topWeights) return `${name}: ${product}`;
      return `${name}: ${plain(column.topInputs[k * each + t])} × ${signed(column.topWeights[k * each + t])} = ${product}`;
    });
    const others = before.size - each;
    const heading = column.topWeights ? "Largest inputs: activation × weight" : "Largest sums of input × weight";
    return [heading, ...rows, ...(others > 0 ? [`and ${others.toLocaleString("en")} more`] : []), ...ending];
  }
}

// The weights of the k-th unit shown, as numbers.
function weightsOf(column, k) {
  const n = column.pictures.length / column.shown.length;
  return Array.from(column.pictures.subarray(k * n, (k + 1) * n), (each) => (each === -32768 ? NaN : each * column.unit));
}

// The row of the table of colours for a share from -1 to 1.
function shade(share) {
  return Number.isNaN(share) ? 255 : 127 + Math.round(127 * Math.max(-1, Math.min(1, share)));
}

// Brightness 0 to 255 as ink on nothing.
function inked(brightness, [height, width], ink) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(ink.slice(at, at + 2), 16));
  const colour = opaque(red, green, blue) & 0xffffff;
  const fill = (pixels) => brightness.forEach((each, i) => (pixels[i] = colour | (Math.round(each) << 24)));
  return pictureOf(width, height, fill);
}

// A colour as ImageData holds it.
function opaque(red, green, blue) {
  return (255 << 24) | (blue << 16) | (green << 8) | red;
}

// A picture whose pixels are filled in by a function.
function pictureOf(width, height, fill) {
  const image = new ImageData(width, height);
  fill(new Uint32Array(image.data.buffer));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function largest(values) {
  const sizes = Array.from(values, Math.abs);
  return Math.max(0, sizes.indexOf(Math.max(...sizes)));
}

// From a point to a piece of a line.
function distance(x, y, from, to) {
  const [across, down] = [to.x - from.x, to.y - from.y];
  const along = ((x - from.x) * across + (y - from.y) * down) / (across ** 2 + down ** 2 || 1);
  const at = Math.max(0, Math.min(1, along));
  return Math.hypot(x - from.x - at * across, y - from.y - at * down);
}

function same(one, other) {
  return one.column === other.column && one.k === other.k && one.j === other.j;
}

function plain(number) {
  if (!Number.isFinite(number)) return "not finite";
  if (number === 0) return "0";
  return number.toPrecision(3).replace("e+", "e").replaceAll("-", "−");
}

function signed(number) {
  return number > 0 ? "+" + plain(number) : plain(number);
}

// A number to be added: with its sign as the operator.
function added(number) {
  return number < 0 ? `− ${plain(-number)}` : `+ ${plain(number)}`;
}

function percent(share) {
  if (!Number.isFinite(share)) return "–";
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share < 1 && share >= 0.9995) return "> 99.9 %";
  return share === 0 || share === 1 ? `${100 * share} %` : `${(100 * share).toFixed(1)} %`;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function written(kind, text) {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}

// The pen of a canvas of this size, cleared; its units are CSS pixels, whatever the screen's are.
function fitted(canvas, width, height) {
  const [across, down] = [width, height].map((length) => Math.round(length * devicePixelRatio));
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  const pen = canvas.getContext("2d");
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}
