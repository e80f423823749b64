// Draws a LineChart of dashboard/charts/lines.py on one canvas. New values repaint it and never make it anew, so the zoom
// and the crosshair outlast them.
const TEXT = 12; // pixels, as all lengths here
const NEAR = 6; // so near a point the pointer means it, and two points are at the same place
const SYMBOLS = 40; // so many points in view have no symbols
const MARGIN = { left: 22, right: 10, top: 8, bottom: 42 }; // around the plot, besides the numbers of its vertical axis
const charts = new WeakMap(); // by their root element

export default function ({ data: [chart], parentElement }) {
  const root = parentElement.querySelector(".livechart");
  if (!charts.has(root)) charts.set(root, new Chart(root));
  charts.get(root).show(chart);
}

class Chart {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector(":scope > canvas");
    [this.legend, this.button, this.readout] = [".legend", ".whole", ".readout"].map((name) => root.querySelector(name));
    this.pen = this.canvas.getContext("2d");
    this.zoom = null; // [from, to] on the horizontal axis, or null for all of it
    this.pointer = null; // where on the canvas it is, or null
    this.cursor = null; // where on the axis the arrow keys have led, or null
    this.start = null; // where on the canvas the pointer was pressed, or null
    this.drag = null; // [from, to] on the axis while one drags, or null
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    document.fonts.ready.then(() => this.draw());
  }

  show(chart) {
    this.chart = chart;
    const present = chart.series.filter(({ opacity }) => opacity === 1); // what came before is faint
    const end = Math.max(0, ...present.map(({ x }) => x.at(-1) ?? 0));
    if (this.zoom && end < this.zoom[0]) this.zoom = null; // begun again: nothing of it is left there
    for (const [name, colour] of Object.entries(chart.colours)) this.root.style.setProperty("--" + name, colour);
    const meanings = [...chart.levels, ...chart.marks].map(({ meaning }) => meaning);
    this.canvas.ariaLabel = [chart.alt, ...meanings].join("; ");
    this.canvas.ariaDescription = "Arrow keys tell the values, plus and minus zoom, Escape shows all.";
    this.showLegend();
    this.draw();
  }

  showLegend() {
    const looks = JSON.stringify(this.chart.series.map((series) => ({ ...series, x: 0, y: 0 })));
    if (looks === this.looks) return;
    this.looks = looks;
    this.legend.replaceChildren(
      ...this.chart.series.map((series) => {
        const entry = document.createElement("span");
        const sample = document.createElement("canvas");
        sample.ariaHidden = "true";
        const pen = fitted(sample, 26, 14);
        stroke(pen, series, () => (pen.moveTo(1, 7), pen.lineTo(25, 7)));
        symbol(pen, series, series.symbol, 13, 7, 3);
        entry.append(sample, series.name);
        return entry;
      }),
    );
  }

  // What is seen of the axes, and where: `across` and `up` turn values into pixels, `along` turns pixels into values.
  view() {
    const { chart, zoom } = this;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const { top, right, bottom } = MARGIN;
    const [from, to] = zoom ?? [chart.x.low, chart.x.high];
    const [least, most] = verticalRange(chart, from, to, zoom !== null);
    const plot = { top, height: height - top - bottom };
    const room = Math.max(2, Math.floor(plot.height / 38));
    const rows = chart.y.log ? logTicks(least, most, room) : ticks(least, most, room);
    const names = labels(rows);
    const widest = Math.max(...names.map((name) => this.pen.measureText(name).width), 0);
    plot.left = MARGIN.left + 8 * Math.ceil(Math.max(24, widest) / 8); // in steps: a digit more is no jump
    plot.width = width - plot.left - right;
    const scale = chart.y.log ? Math.log10 : (value) => value;
    const [low, high] = [scale(least), scale(most)];
    return {
      ...{ width, height, plot, from, to, rows, names, least, most },
      levels: chart.levels.filter(({ at }) => at >= least && at <= most),
      marks: chart.marks.filter(({ at }) => at >= from && at <= to),
      shown: (y) => y !== undefined && y !== null && !(chart.y.log && y <= 0),
      across: (x) => plot.left + ((x - from) / (to - from)) * plot.width,
      along: (pixel) => from + ((pixel - plot.left) / plot.width) * (to - from),
      up: (y) => plot.top + plot.height - ((scale(y) - low) / (high - low)) * plot.height,
    };
  }

  draw() {
    if (!this.chart || !this.canvas.clientWidth) return; // not on the screen
    const pen = fitted(this.canvas, this.canvas.clientWidth, this.canvas.clientHeight);
    this.family = getComputedStyle(this.root).fontFamily;
    pen.font = `${TEXT}px ${this.family}`;
    const view = (this.now = this.view());
    const at = this.drag ? null : this.pointed(view);
    this.root.classList.toggle("zoomed", this.zoom !== null);
    this.drawAxes(pen, view);
    pen.save();
    pen.beginPath();
    pen.rect(view.plot.left, view.plot.top - 2, view.plot.width, view.plot.height + 4);
    pen.clip();
    this.drawGuides(pen, view);
    this.chart.series.forEach((series) => line(pen, view, series));
    pen.restore();
    this.chart.series.forEach((series) => dots(pen, view, series));
    this.drawMeanings(pen, view);
    if (this.drag) this.drawDrag(pen, view);
    this.tell(pen, view, at);
  }

  drawAxes(pen, { width, height, plot, from, to, rows, names, across, up }) {
    const { ink, grid } = this.chart.colours;
    const columns = ticks(from, to, Math.max(2, Math.floor(plot.width / 70)));
    const [bottom, middle] = [plot.top + plot.height, plot.left + plot.width / 2];
    stroke(pen, { colour: grid }, () => {
      for (const row of rows) horizontal(pen, plot, up(row));
      for (const column of columns) vertical(pen, plot, across(column));
    });
    pen.fillStyle = ink;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    rows.forEach((row, i) => pen.fillText(names[i], plot.left - 5, up(row)));
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    labels(columns).forEach((name, i) => pen.fillText(name, across(columns[i]), bottom + 16));
    pen.font = `13px ${this.family}`;
    const x = Math.min(middle, width - 4 - pen.measureText(this.chart.x.title).width / 2);
    pen.fillText(this.chart.x.title, x, height - 6);
    pen.save();
    pen.translate(13, plot.top + plot.height / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(this.chart.y.title, 0, 0);
    pen.restore();
  }

  drawGuides(pen, { plot, levels, marks, across, up }) {
    const colour = this.chart.colours.muted;
    stroke(pen, { colour, dash: [1, 3] }, () => levels.forEach(({ at }) => horizontal(pen, plot, up(at))));
    stroke(pen, { colour, dash: [5, 4] }, () => marks.forEach(({ at }) => vertical(pen, plot, across(at))));
  }

  // The words of the guides, each at the first of its places that is inside the plot and not taken.
  drawMeanings(pen, { plot, levels, marks, across, along, up }) {
    const [right, bottom] = [plot.left + plot.width, plot.top + plot.height];
    const height = TEXT + 4;
    const taken = [];
    const lines = marks.map(({ at }) => ({ left: across(at) - 2, top: plot.top, width: 4, height: plot.height }));
    pen.font = `${TEXT}px ${this.family}`;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    const write = (meaning, places) => {
      const width = Math.ceil(pen.measureText(meaning).width);
      const wanted = places(width);
      const curves = [...new Set(wanted.map(([left]) => left))].flatMap((left) => {
        const seen = (each) => extent([each], along(left - 3), along(left + width + 3), this.chart.y.log);
        const boxes = this.chart.series.map(seen).filter(([least, most]) => least <= most);
        return boxes.map(([least, most]) => ({ left, top: up(most) - 2, width, height: up(least) - up(most) + 4 }));
      });
      const obstacles = [[...curves, ...lines], lines, []]; // the last resort: above a curve or a line
      const free = obstacles.map((more) => place(wanted, width, height, plot, [...taken, ...more])).find(Boolean);
      if (!free) return;
      const [left, top] = free;
      taken.push({ left, top, width, height });
      pen.strokeStyle = this.chart.colours.paper;
      pen.lineWidth = 4;
      pen.fillStyle = this.chart.colours.muted;
      pen.strokeText(meaning, left, top + height / 2);
      pen.fillText(meaning, left, top + height / 2);
    };
    for (const { at, meaning } of levels) {
      const y = up(at);
      write(meaning, (width) => [right - width - 2, plot.left + 4].flatMap((x) => [[x, y - height - 1], [x, y + 2]]));
    }
    for (const { at, meaning } of marks) {
      const x = across(at);
      const tops = Array.from({ length: plot.height / height - 1 }, (_, i) => bottom - 1 - (i + 1) * height);
      write(meaning, (width) => tops.flatMap((y) => [[x + 4, y], [x - 4 - width, y]]));
    }
  }

  drawDrag(pen, { plot, across, along }) {
    const [start, end] = this.drag.map(across);
    pen.fillStyle = this.chart.colours.accent;
    pen.globalAlpha = 0.18;
    pen.fillRect(Math.min(start, end), plot.top, Math.abs(end - start), plot.height);
    pen.globalAlpha = 1;
  }

  // The place on the horizontal axis that the pointer or the arrow keys mean: that of a point.
  pointed({ plot, from, to, across, along }) {
    if (this.pointer === null && this.cursor === null) return null;
    const wanted = this.pointer === null ? this.cursor : along(this.pointer);
    if (this.pointer !== null && (this.pointer < plot.left - NEAR || this.pointer > plot.left + plot.width + NEAR)) return null;
    const nearest = this.chart.series
      .map((series) => series.x[nearestPoint(series, wanted, from, to)])
      .filter((x) => x !== undefined)
      .reverse(); // the last is drawn on top
    const distance = (x) => Math.abs(across(x) - across(wanted));
    return nearest.find((x) => distance(x) < NEAR) ?? nearest.sort((a, b) => distance(a) - distance(b))[0] ?? null;
  }

  // The crosshair, and the value of every series at its point nearest to it.
  tell(pen, view, at) {
    this.readout.hidden = at === null;
    if (at === null) return;
    const { plot, from, to, least, most, across, up, shown } = view;
    const { chart, readout } = this;
    const x = across(at);
    stroke(pen, { colour: chart.colours.ink, opacity: 0.6 }, () => vertical(pen, plot, x));
    const decimals = Math.min(4, Math.max(2, Math.ceil(-Math.log10((to - from) / 100))));
    const heights = [];
    const lines = [written("div", `${chart.place} ${at.toFixed(decimals)}`)];
    for (const series of chart.series) {
      const i = nearestPoint(series, at, -Infinity, Infinity);
      if (i === undefined) continue;
      const [place, value] = [series.x[i], series.y[i]];
      const entry = document.createElement("div");
      const colour = document.createElement("i");
      colour.style.background = series.colour;
      entry.append(colour, written("span", series.name), " ", written("b", `${told(value)} ${chart.unit}`));
      if (Math.abs(across(place) - x) > NEAR) entry.append(" ", written("small", `at ${place.toFixed(decimals)}`));
      else if (shown(value) && value >= least && value <= most) {
        symbol(pen, series, "circle", across(place), up(value), 4, chart.colours.paper);
      }
      heights.push(shown(value) ? up(value) : plot.top + plot.height);
      lines.push(entry);
    }
    readout.replaceChildren(...lines);
    readout.ariaLive = this.pointer === null ? "polite" : "off";
    const left = x < plot.left + plot.width / 2 ? x + 12 : x - 12 - readout.offsetWidth;
    readout.style.left = Math.max(0, Math.min(left, view.width - readout.offsetWidth)) + "px";
    const middle = heights.reduce((sum, height) => sum + height, 0) / heights.length; // it stands where the curves do not
    const top = middle > plot.top + plot.height / 2 ? 4 : plot.height - 4 - readout.offsetHeight;
    readout.style.top = this.canvas.offsetTop + plot.top + top + "px";
  }

  listen() {
    const { canvas } = this;
    const place = (event) => event.clientX - canvas.getBoundingClientRect().left;
    const inside = (pixel) => {
      const { from, to, along } = this.now;
      return Math.max(from, Math.min(to, along(pixel)));
    };
    canvas.onpointerdown = (event) => {
      if (event.button || !event.isPrimary || !this.now) return;
      canvas.setPointerCapture(event.pointerId);
      this.set({ pointer: place(event), start: place(event) });
    };
    canvas.onpointermove = (event) => {
      if (!this.now) return;
      const pointer = place(event);
      const dragged = this.start !== null && (this.drag || Math.abs(pointer - this.start) > NEAR);
      if (dragged) this.drag = [this.drag?.[0] ?? inside(this.start), inside(pointer)];
      this.set({ pointer, cursor: null });
    };
    canvas.onpointerup = () => {
      if (this.drag && this.drag[0] !== this.drag[1]) this.zoom = this.drag.toSorted((a, b) => a - b);
      this.set({ start: null, drag: null });
    };
    const gone = { pointer: null, start: null, drag: null };
    canvas.onpointercancel = () => this.set(gone); // the finger scrolls the page
    canvas.onpointerleave = (event) => event.pointerType === "mouse" && this.set(gone); // a finger's answer stays
    canvas.ondblclick = this.button.onclick = () => this.set({ zoom: null });
    canvas.onblur = () => this.set({ pointer: null, cursor: null });
    canvas.onkeydown = (event) => {
      const act = !event.ctrlKey && !event.metaKey && !event.altKey && this.keys[event.key];
      if (!act || !this.now) return;
      event.preventDefault();
      act();
    };
    this.keys = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      Home: () => this.set({ pointer: null, cursor: this.now.from }),
      End: () => this.set({ pointer: null, cursor: this.now.to }),
      "+": () => this.magnify(0.5),
      "-": () => this.magnify(2),
      Escape: () => this.set({ pointer: null, cursor: null, zoom: null }),
    };
  }

  set(state) {
    Object.assign(this, state);
    this.draw();
  }

  // To the next place to the left or the right that has a point, at least a pixel away.
  step(direction) {
    const { from, to, across } = this.now;
    const here = this.pointed(this.now) ?? (direction > 0 ? -Infinity : Infinity);
    const beyond = this.chart.series
      .flatMap(({ x, y }) => x.filter((place, i) => y[i] !== null && place >= from && place <= to))
      .filter((x) => direction * (across(x) - across(here)) >= 1);
    if (!beyond.length) return;
    this.set({ pointer: null, cursor: direction > 0 ? Math.min(...beyond) : Math.max(...beyond) });
  }

  // Keep what the cursor is at, or the middle, where it is, and show so many times as much.
  magnify(times) {
    const { low, high } = this.chart.x;
    const { from, to } = this.now;
    const centre = this.pointed(this.now) ?? (from + to) / 2;
    const range = [Math.max(low, centre - (centre - from) * times), Math.min(high, centre + (to - centre) * times)];
    this.set({ zoom: range[0] <= low && range[1] >= high ? null : range });
  }
}

// Where the vertical axis ends: as the chart says while all is seen, else as the values between `from` and `to` do.
export function verticalRange({ series, y: { low, high, log } }, from, to, zoomed) {
  if (!zoomed && low !== null && high !== null) return [low, high];
  let [least, most] = extent(series, from, to, log);
  if (least > most) return log ? [0.1, 1] : [low ?? 0, high ?? 1];
  if (log) {
    const space = Math.max(1.1, (most / least) ** 0.05);
    return [least / space, most * space];
  }
  if (!zoomed) [least, most] = [low ?? least, high ?? most];
  const space = 0.05 * (most - least) || 0.05 * Math.abs(most) || 1;
  return [Math.max(least - space, low ?? -Infinity), Math.min(most + space, high ?? Infinity)];
}

// The least and the greatest value of lines between two places, [Infinity, -Infinity] if there is none.
function extent(series, from, to, log) {
  let [least, most] = [Infinity, -Infinity];
  for (const { x, y } of series) {
    for (let i = 0; i < x.length; i++) {
      if (x[i] > to || (x[i + 1] ?? x[i]) < from) continue;
      for (const value of within(x[i], y[i], x[i + 1], y[i + 1], from, to)) {
        if (value === null || (log && value <= 0)) continue;
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
  }
  return [least, most];
}

// The values of the piece of a line from one point to the next that lies between `from` and `to`: at its ends there.
function within(x, y, nextX, nextY, from, to) {
  const here = x >= from && x <= to ? [y] : [];
  if (y === null || nextX === undefined || nextY === null) return here;
  const at = (place) => y + ((nextY - y) * (place - x)) / (nextX - x);
  return [...here, ...[from, to].filter((place) => x < place && place < nextX).map(at)];
}

// About so many round numbers, 1, 2 or 5 times a power of ten apart.
export function ticks(from, to, room) {
  const power = 10 ** Math.floor(Math.log10((to - from) / room));
  const step = power * [1, 2, 5, 10].find((times) => times * power * room >= 0.8 * (to - from));
  const [first, last] = [Math.ceil(from / step - 1e-9), Math.floor(to / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

// Powers of ten, with 2 and 5 times these where there is room; on less than that, round numbers as on a plain axis.
export function logTicks(from, to, room) {
  const powers = [];
  for (let i = Math.floor(Math.log10(from)); i <= Math.ceil(Math.log10(to)); i++) powers.push(i);
  const every = (times, step) =>
    powers
      .filter((power) => power % step === 0)
      .flatMap((power) => times.map((each) => Number(`${each}e${power}`)))
      .filter((value) => value >= from && value <= to);
  const fine = every([1, 2, 5], 1);
  if (fine.length < 3) return ticks(from, to, room);
  if (fine.length <= 1.5 * room) return fine;
  return every([1], Math.ceil(Math.log10(to / from) / (1.5 * room)));
}

// Numbers as they are written at an axis.
export function labels(values) {
  return values.map((value) => {
    const size = Math.abs(value);
    const text = size && (size >= 1e5 || size < 1e-3) ? value.toExponential().replace("e+", "e") : String(value);
    return text.replaceAll("-", "−");
  });
}

// The first of the places (left, top) where a box of this size is inside the frame and touches none that is taken.
export function place(places, width, height, frame, taken) {
  return places.find(([left, top]) => {
    const [right, bottom] = [left + width, top + height];
    const inside = (box) =>
      left >= box.left && right <= box.left + box.width && top >= box.top && bottom <= box.top + box.height;
    const touches = (box) =>
      left < box.left + box.width && right > box.left && top < box.top + box.height && bottom > box.top;
    return inside(frame) && !taken.some(touches);
  });
}

// The number of the point of a series that is nearest to a place, of those from one place to another that have a value.
function nearestPoint({ x, y }, place, from, to) {
  let nearest;
  x.forEach((here, i) => {
    if (y[i] === null || here < from || here > to) return;
    if (nearest === undefined || Math.abs(here - place) <= Math.abs(x[nearest] - place)) nearest = i;
  });
  return nearest;
}

function told(value) {
  return value.toPrecision(4).replace("e+", "e").replaceAll("-", "−");
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

// Straight lines from end to end of the plot, on whole pixels so that they are sharp.
function horizontal(pen, { left, width }, y) {
  pen.moveTo(Math.round(left) + 0.5, Math.round(y) + 0.5);
  pen.lineTo(Math.round(left + width) + 0.5, Math.round(y) + 0.5);
}

function vertical(pen, { top, height }, x) {
  pen.moveTo(Math.round(x) + 0.5, Math.round(top) + 0.5);
  pen.lineTo(Math.round(x) + 0.5, Math.round(top + height) + 0.5);
}

function stroke(pen, { colour, width = 1, opacity = 1, dash = [] }, path) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.globalAlpha = opacity;
  pen.lineJoin = "round";
  pen.setLineDash(dash);
  pen.beginPath();
  path();
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

// The points of a series, joined.
function line(pen, { across, up, shown }, series) {
  const { x, y } = series;
  stroke(pen, series, () => {
    x.forEach((place, i) => {
      if (shown(y[i])) pen[shown(y[i - 1]) ? "lineTo" : "moveTo"](across(place), up(y[i]));
    });
  });
}

// The symbols of its points while these are few; a point that has no neighbour is a dot in any case.
function dots(pen, { from, to, least, most, across, up, shown }, series) {
  const { x, y, width } = series;
  const inside = (i) => x[i] >= from && x[i] <= to;
  const few = x.filter((_, i) => inside(i)).length < SYMBOLS;
  x.forEach((place, i) => {
    if (!inside(i) || !shown(y[i]) || y[i] < least || y[i] > most) return;
    const alone = !shown(y[i - 1]) && !shown(y[i + 1]) && "circle";
    const form = (few && series.symbol) || alone;
    if (form) symbol(pen, series, form, across(place), up(y[i]), few ? 3 : 1 + width / 2);
  });
}

function symbol(pen, { colour, opacity }, form, x, y, radius, edge) {
  if (!form) return;
  pen.fillStyle = colour;
  pen.globalAlpha = opacity;
  pen.beginPath();
  if (form === "circle") pen.arc(x, y, radius, 0, 2 * Math.PI);
  else [[0, -1], [1, 0], [0, 1], [-1, 0]].forEach(([i, j]) => pen.lineTo(x + 1.3 * radius * i, y + 1.3 * radius * j));
  pen.fill();
  if (edge) {
    pen.closePath();
    pen.strokeStyle = edge;
    pen.lineWidth = 1.5;
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
