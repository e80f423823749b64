// The drawing area: strokes by mouse, touch, pen or keyboard, which are sent when they end. Points are shares of the
// side, from the left and from above.
const SIDE = 640; // pixels of the canvas, whatever its size on the screen
const STEPS = 16; // of the keyboard's cursor across the area
const STRAIGHT = 0.002; // points this near to the line between their neighbours are left out
const SEVEN = [[0.28, 0.22], [0.72, 0.22], [0.42, 0.8]];
const areas = new WeakMap(); // by their root element

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".drawing-area");
  if (!areas.has(root)) areas.set(root, new DrawingArea(root, data.strokes));
  areas.get(root).show(data, (strokes) => setTriggerValue("strokes", strokes));
}

class DrawingArea {
  constructor(root, strokes) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.note = root.querySelector(".note");
    this.says = root.querySelector(".says");
    this.buttons = Object.fromEntries(["undo", "redo", "clear"].map((name) => [name, root.querySelector("." + name)]));
    this.states = [strokes]; // what has been on the canvas
    this.at = 0; // the present one of them
    this.stroke = null; // the one being drawn
    this.pointer = null; // the id of what draws it
    this.cursor = null; // of the keyboard
    this.listen();
  }

  get strokes() {
    return this.states[this.at];
  }

  show(data, send) {
    Object.assign(this, { data, send });
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty("--" + name, colour);
    this.paint();
  }

  listen() {
    const { canvas, root, buttons } = this;
    canvas.width = canvas.height = SIDE;
    canvas.onpointerdown = (event) => {
      if (event.button || this.pointer !== null) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true, focusVisible: false });
      canvas.setPointerCapture(event.pointerId);
      this.finish(); // one begun by the keyboard
      this.cursor = null;
      this.pointer = event.pointerId;
      this.begin(this.place(event));
    };
    canvas.onpointermove = (event) => {
      if (event.pointerId !== this.pointer) return;
      const moves = event.getCoalescedEvents?.() ?? [];
      for (const each of moves.length ? moves : [event]) this.stroke?.push(this.place(each));
      this.paint();
    };
    canvas.onpointerup = canvas.onpointercancel = (event) => {
      if (event.pointerId !== this.pointer) return;
      this.pointer = null;
      this.finish();
    };
    canvas.onblur = () => this.pointer === null && this.finish();
    buttons.undo.onclick = () => this.go(this.at - 1);
    buttons.redo.onclick = () => this.go(this.at + 1);
    buttons.clear.onclick = () => this.clear();
    root.onkeydown = (event) => {
      if (this.press(event)) event.preventDefault();
    };
  }

  // Whether a key means something here.
  press({ key, ctrlKey, metaKey, shiftKey, target }) {
    const name = key.toLowerCase();
    if (ctrlKey || metaKey) {
      if (name === "z") this.go(this.at + (shiftKey ? 1 : -1));
      else if (name === "y") this.go(this.at + 1);
      else return false;
      return true;
    }
    if (key === "Delete") return this.clear() ?? true;
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (target !== this.canvas || (!move && key !== " ")) return false;
    const before = (this.cursor ??= [0.5, 0.5]);
    if (move) {
      this.cursor = before.map((each, i) => Math.min(1, Math.max(0, each + move[i] / STEPS)));
      this.stroke?.push(this.cursor);
    } else if (this.stroke) this.finish();
    else this.begin(this.cursor);
    this.paint();
    return true;
  }

  place(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height].map((each) => Math.min(1, Math.max(0, each)));
  }

  begin(point) {
    const points = this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
    const { strokes, points: most } = this.data.limits;
    this.full = this.strokes.length >= strokes || points + most / 5 > most;
    this.stroke = this.full ? null : [point];
    this.paint();
  }

  finish() {
    if (!this.stroke) return;
    let stroke = this.stroke;
    for (let near = STRAIGHT; near === STRAIGHT || stroke.length > this.data.limits.points / 5; near *= 1.5) {
      stroke = simplified(stroke, near);
    }
    this.stroke = null;
    this.change([...this.strokes, stroke.map((point) => point.map((each) => Math.round(1000 * each) / 1000))]);
  }

  clear() {
    this.stroke = null;
    if (this.strokes.length) this.change([]);
  }

  change(strokes) {
    this.states = [...this.states.slice(0, this.at + 1), strokes];
    this.go(this.at + 1);
  }

  go(at) {
    if (at < 0 || at >= this.states.length) return;
    this.at = at;
    this.full = false;
    this.send(this.strokes);
    this.paint();
  }

  paint() {
    const { says } = this.data;
    if (this.says.textContent !== says) this.says.textContent = says;
    const { canvas, data, strokes, stroke, cursor, buttons } = this;
    const pen = canvas.getContext("2d");
    pen.fillStyle = data.colours.paper;
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = pen.fillStyle = data.colours.ink;
    pen.lineWidth = data.pen * SIDE;
    for (const each of stroke ? [...strokes, stroke] : strokes) draw(pen, each);
    const empty = !strokes.length && !stroke;
    if (empty) {
      pen.strokeStyle = data.colours.muted;
      pen.lineWidth = 7;
      pen.setLineDash([1, 22]);
      draw(pen, SEVEN);
      pen.setLineDash([]);
    }
    if (cursor) {
      pen.strokeStyle = data.colours.accent;
      pen.lineWidth = 4;
      pen.beginPath();
      pen.arc(cursor[0] * SIDE, cursor[1] * SIDE, (data.pen * SIDE) / 2 + 8, 0, 2 * Math.PI);
      pen.stroke();
    }
    buttons.undo.disabled = this.at === 0;
    buttons.redo.disabled = this.at === this.states.length - 1;
    buttons.clear.disabled = empty;
    const drawing = cursor ? `The pen is ${stroke ? "down: space lifts it." : "up: space sets it down."}` : "";
    const note = this.full ? "That is more than a digit needs: undo or clear." : drawing || (empty ? data.invitation : "");
    if (this.note.textContent !== note) this.note.textContent = note;
  }
}

function draw(pen, points) {
  pen.beginPath();
  pen.moveTo(points[0][0] * SIDE, points[0][1] * SIDE);
  for (const [across, down] of points) pen.lineTo(across * SIDE, down * SIDE);
  pen.stroke();
}

// Ramer, Douglas and Peucker: only the points that make the line turn.
function simplified(points, near) {
  const [first, last] = [points[0], points[points.length - 1]];
  const [dx, dy] = [last[0] - first[0], last[1] - first[1]];
  const length = Math.hypot(dx, dy);
  let [farthest, most] = [0, near];
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = [points[i][0] - first[0], points[i][1] - first[1]];
    const along = length ? Math.min(1, Math.max(0, (x * dx + y * dy) / length ** 2)) : 0;
    const away = Math.hypot(x - along * dx, y - along * dy);
    if (away > most) [farthest, most] = [i, away];
  }
  if (!farthest) return points.length > 1 ? [first, last] : [first];
  return [...simplified(points.slice(0, farthest + 1), near).slice(0, -1), ...simplified(points.slice(farthest), near)];
}
