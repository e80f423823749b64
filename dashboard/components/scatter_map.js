// Draws maps of digits and shows the digit under the pointer on all of them. The message from scatter_map.py holds the header's
// length, the header, all x and all y of each map, the true classes, the guesses, and a sheet with all pictures (PNG).
const NEAR = 14; // CSS pixels from the pointer within which a dot is found
const EDGE = 14; // CSS pixels between the outermost dot and the edge of its map
const charts = new WeakMap(); // by root element
const sheets = new Map(); // the latest picture sheets, by name

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".scatter-map");
  if (!charts.has(root)) charts.set(root, new Maps(root));
  charts.get(root).show(unpack(data), (place) => setTriggerValue("chosen", place));
}

class Maps {
  constructor(root) {
    this.root = root;
    [this.maps, this.readout] = [".maps", ".readout"].map((name) => root.querySelector(name));
    this.at = null; // the position of the digit under the pointer, or null
    this.pointer = null; // [number of the map, x, y]
    this.watch = new ResizeObserver(() => this.draw());
  }

  show(shown, choose) {
    Object.assign(this, shown, { choose });
    const { header } = shown;
    if (shown.sheet) keep(header.pictures, shown.sheet, () => this.tell());
    for (const [name, colour] of Object.entries(header.colours)) this.root.style.setProperty("--" + name, colour);
    this.root.classList.toggle("single", header.titles.length === 1);
    while (this.maps.children.length > header.titles.length) this.maps.lastChild.remove();
    while (this.maps.children.length < header.titles.length) this.maps.append(this.newMap(this.maps.children.length));
    [...this.maps.children].forEach((map, i) => {
      map.querySelector("b").textContent = header.titles[i];
      map.querySelector("small").textContent = header.lines[i];
      map.querySelector("canvas").ariaLabel = `Map of ${header.count} digits: ${header.titles[i]}; ${header.lines[i]}`;
    });
    if (this.at !== null && this.at >= header.count) this.at = null;
    this.draw();
  }

  newMap(number) {
    const map = document.createElement("div");
    map.className = "map";
    map.append(document.createElement("b"), document.createElement("small"), document.createElement("canvas"));
    const canvas = map.lastChild;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.ariaDescription = "Arrow keys go from digit to digit, Enter chooses one.";
    canvas.onpointermove = canvas.onpointerdown = (event) => {
      const box = canvas.getBoundingClientRect();
      this.point(number, event.clientX - box.left, event.clientY - box.top);
    };
    canvas.onpointerleave = (event) => event.pointerType === "mouse" && this.point(null); // after a touch it stays
    canvas.onclick = () => this.at !== null && this.choose(this.at);
    canvas.onblur = () => this.point(null);
    canvas.onkeydown = (event) => this.press(event, number);
    this.watch.observe(canvas);
    return map;
  }

  press(event, number) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const from = this.at ?? this.header.chosen ?? -1;
      this.at = (from + step + this.header.count) % this.header.count;
      this.pointer = [number, ...this.views[number].place(this.at)];
      this.draw();
    } else if (event.key === "Enter" && this.at !== null) this.choose(this.at);
    else if (event.key === "Escape") this.point(null);
  }

  point(number, x, y) {
    this.pointer = number === null ? null : [number, x, y];
    const before = this.at;
    this.at = number === null ? null : this.nearest(number, x, y);
    if (this.at !== before) this.draw();
    else this.tell();
  }

  nearest(number, x, y) {
    const view = this.views[number];
    let [found, least] = [null, NEAR * NEAR];
    for (let i = 0; i < this.header.count; i++) {
      const [left, top] = view.place(i);
      const distance = (left - x) ** 2 + (top - y) ** 2;
      if (distance < least) [found, least] = [i, distance];
    }
    return found;
  }

  draw() {
    if (!this.header) return;
    this.views = [...this.maps.children].map((map, i) => this.drawMap(map.querySelector("canvas"), this.points[i]));
    this.tell();
  }

  drawMap(canvas, { x, y }) {
    const { header, truth, guess } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const view = fitting(x, y, width, height);
    if (!width) return view;
    const pen = fitted(canvas, width, height);
    const large = header.titles.length === 1;
    const wrong = [];
    pen.font = `600 11px ${getComputedStyle(this.root).fontFamily}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let i = 0; i < header.count; i++) {
      if (guess[i] !== truth[i]) wrong.push(i);
      if (guess[i] !== truth[i] && !large) continue;
      const [left, top] = view.place(i);
      pen.fillStyle = header.classes[truth[i]];
      if (large) pen.fillText(header.marks[truth[i]], left, top);
      else dot(pen, left, top, 2.2);
    }
    wrong.forEach((i) => mistake(pen, ...view.place(i), large, header.colours.paper, header.classes[truth[i]]));
    this.writeClasses(pen, view, large);
    if (header.chosen !== null && header.chosen < header.count) ring(pen, ...view.place(header.chosen), header.colours.accent, 3);
    if (this.at !== null) ring(pen, ...view.place(this.at), header.colours.ink, 2);
    return view;
  }

  // The name of each class on a disc at the mean position of its digits, or beside it where that is taken.
  writeClasses(pen, view, large) {
    const { header, truth } = this;
    const sums = header.names.map(() => [0, 0, 0]);
    for (let i = 0; i < header.count; i++) {
      const [sum, [left, top]] = [sums[truth[i]], view.place(i)];
      (sum[0] += left), (sum[1] += top), sum[2]++;
    }
    const size = large ? 18 : 13;
    pen.font = `700 ${size}px ${getComputedStyle(this.root).fontFamily}`;
    const present = [...header.names.keys()].filter((k) => sums[k][2]);
    const places = present.map((k) => [sums[k][0] / sums[k][2], sums[k][1] / sums[k][2]]);
    spread(places, size + 8);
    present.forEach((k, i) => {
      const [name, [left, top]] = [header.names[k], places[i]];
      const [width, height] = [Math.max(pen.measureText(name).width + 8, size + 6), size + 6];
      pen.beginPath();
      pen.roundRect(left - width / 2, top - height / 2, width, height, height / 2);
      pen.fillStyle = header.colours.paper;
      pen.fill();
      pen.strokeStyle = header.classes[k];
      pen.lineWidth = 2;
      pen.stroke();
      pen.fillStyle = header.colours.ink;
      pen.fillText(name, left, top + 1);
    });
  }

  // The readout of the digit under the pointer: its picture, its class and its prediction.
  tell() {
    const { readout, header, at } = this;
    readout.hidden = at === null || !this.pointer;
    if (readout.hidden) return;
    const [canvas, text] = readout.children;
    const sheet = sheets.get(header.pictures);
    canvas.hidden = !sheet;
    if (sheet) {
      const [height, width] = header.shape;
      [canvas.width, canvas.height] = [width, height];
      const [column, row] = [at % header.across, Math.floor(at / header.across)];
      canvas.getContext("2d").drawImage(sheet, column * width, row * height, width, height, 0, 0, width, height);
    }
    const [is, reads] = [header.names[this.truth[at]], header.names[this.guess[at]]];
    const verdict = is === reads ? `a ${is}, read as ${reads} ✓` : `a ${is}, read as ${reads} ✗`;
    text.textContent = `validation digit no. ${at + 1}\n${verdict}${sheet ? "" : "\npause to see it"}\nclick to choose it`;
    const [number, x, y] = this.pointer;
    const box = this.maps.children[number].querySelector("canvas").getBoundingClientRect();
    const frame = this.root.getBoundingClientRect();
    const left = box.left - frame.left + x + 16;
    const top = box.top - frame.top + y - readout.offsetHeight - 12;
    const fits = left + readout.offsetWidth <= frame.width ? left : left - readout.offsetWidth - 32;
    readout.style.left = Math.max(0, Math.min(fits, frame.width - readout.offsetWidth)) + "px";
    readout.style.top = (top + frame.top < 60 ? top + readout.offsetHeight + 30 : top) + "px"; // not above the window's edge
  }
}

// One scale for both axes, centred on the range of the points.
function fitting(x, y, width, height) {
  const [left, right, low, high] = [x, y].flatMap((values) => [Math.min(...values), Math.max(...values)]);
  const room = [width - 2 * EDGE, height - 2 * EDGE];
  const scale = Math.min(room[0] / (right - left || 1), room[1] / (high - low || 1));
  const [across, up] = [(left + right) / 2, (low + high) / 2];
  return { place: (i) => [width / 2 + (x[i] - across) * scale, height / 2 - (y[i] - up) * scale] };
}

function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

// A misclassified digit: a cross on small maps, a box around its class on a large one.
function mistake(pen, x, y, large, paper, colour) {
  const shape = new Path2D();
  const size = large ? 7 : 4;
  if (large) shape.rect(x - size, y - size, 2 * size, 2 * size);
  else shape.addPath(new Path2D(`M${x - size} ${y - size}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}`));
  for (const [ink, width] of large ? [[colour, 1.5]] : [[paper, 4.5], [colour, 2.2]]) {
    pen.strokeStyle = ink;
    pen.lineWidth = width;
    pen.stroke(shape);
  }
}

// Moves places that are nearer to each other than `least` apart.
function spread(places, least) {
  for (let round = 0; round < 30; round++) {
    places.forEach((one, i) => places.slice(0, i).forEach((other) => {
      const [x, y] = [one[0] - other[0], one[1] - other[1]];
      const distance = Math.hypot(x, y);
      if (distance >= least) return;
      const [right, down] = distance ? [x / distance, y / distance] : [1, 0];
      const push = (least - distance) / 2;
      (one[0] += right * push), (one[1] += down * push), (other[0] -= right * push), (other[1] -= down * push);
    }));
  }
}

function ring(pen, x, y, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  pen.arc(x, y, 10, 0, 2 * Math.PI);
  pen.stroke();
}

function fitted(canvas, width, height) {
  const sharp = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * sharp), Math.round(height * sharp)];
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  return pen;
}

function keep(name, bytes, then) {
  if (sheets.has(name)) return;
  createImageBitmap(new Blob([bytes], { type: "image/png" })).then((sheet) => {
    if (sheets.size > 2) sheets.delete(sheets.keys().next().value);
    sheets.set(name, sheet);
    then();
  });
}

function unpack(data) {
  const bytes = data.slice(); // a copy, so that the numbers are aligned
  const length = new Uint32Array(bytes.buffer, 0, 1)[0];
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const [m, n] = [header.count, header.titles.length];
  let at = 4 + length;
  const points = Array.from({ length: n }, (_, i) => ({
    x: new Float32Array(bytes.buffer, at + 8 * m * i, m),
    y: new Float32Array(bytes.buffer, at + 8 * m * i + 4 * m, m),
  }));
  at += 8 * m * n;
  const truth = bytes.subarray(at, at + m);
  const guess = bytes.subarray(at + m, at + 2 * m);
  return { header, points, truth, guess, sheet: header.sheet ? bytes.subarray(at + 2 * m) : null };
}
