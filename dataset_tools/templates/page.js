"use strict";
// Each clip is a card. Its canvas shows a frame of the film together with the labels of that very frame: the film
// itself stays behind the canvas, since a player's picture may run ahead of anything that is laid over it.

const settings = JSON.parse(document.getElementById("settings").textContent);
const state = { layers: {}, speed: 1, playing: !matchMedia("(prefers-reduced-motion: reduce)").matches };
const cards = [];

const numbers = (list) => list && Float64Array.from(list, (value) => (value === null ? NaN : value));
const colourOf = (n) => settings.palette[n % settings.palette.length];

// ---- elements: every text goes through textContent, so nothing in a dataset is read as markup ----

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", path);
  return svg;
}

const ICONS = {
  play: "M4 2.6v10.8c0 .5.5.8.9.5l8.4-5.4a.6.6 0 0 0 0-1L4.9 2.1c-.4-.3-.9 0-.9.5z",
  pause: "M4 2.5h2.6v11H4zM9.4 2.5H12v11H9.4z",
  widen: "M2 6V2h4v1.5H3.5V6zM10 2h4v4h-1.5V3.5H10zM2 10h1.5v2.5H6V14H2zM12.5 10H14v4h-4v-1.5h2.5z",
};

function iconButton(name, label) {
  const button = element("button", "icon");
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.append(icon(ICONS[name]));
  return button;
}

function definitions(pairs) {
  const list = element("dl", "figures");
  for (const [name, value] of pairs) {
    const row = element("div");
    row.append(element("dt", "", name), element("dd", "", value));
    list.append(row);
  }
  return list;
}

function thing(object, n) {
  const item = element("li", "thing");
  const dot = element("span", "dot");
  dot.style.background = colourOf(n);
  const line = element("div", "line");
  line.append(element("span", "name", object.name), element("span", "motion", object.motion));
  const origin = element("div", "origin");
  const words = [object.category, object.licence, object.author, object.source].filter(Boolean).join(" · ");
  origin.append(element("span", "", words));
  if (!object.frontKnown) origin.append(element("span", "badge note", "front not known"));
  if (object.symmetric) origin.append(element("span", "badge", "symmetric"));
  item.append(dot, line, origin);
  return item;
}

function words(clip) {
  const box = element("div", "words");
  const title = element("div", "title");
  title.append(element("span", "key", clip.key));
  if (clip.split) title.append(element("span", "badge split", clip.split));
  const camera = clip.facts.find(([name]) => name === "camera");
  if (camera) title.append(element("span", "badge camera", camera[1].replaceAll("_", " ") + " camera"));
  const things = element("ul", "things");
  things.append(...clip.objects.map(thing));
  box.append(title, things);
  const count = clip.checks.length;
  for (const [name, pairs] of [[`Self-check · ${count} figure${count === 1 ? "" : "s"}`, clip.checks], ["Scene", clip.facts]]) {
    if (!pairs.length) continue;
    const details = element("details");
    details.append(element("summary", "", name), definitions(pairs));
    box.append(details);
  }
  return box;
}

// ---- drawing: clip pixels are scaled to the canvas; lines keep their width on screen ----

function painter(context, scale, unit) {
  const at = (list, index) => [list[2 * index] * scale, list[2 * index + 1] * scale];
  const finite = (point) => Number.isFinite(point[0]) && Number.isFinite(point[1]);
  context.lineCap = context.lineJoin = "round";
  return {
    at,
    lines(pairs, width, colour, alpha) {
      context.globalAlpha = alpha;
      context.strokeStyle = colour;
      context.lineWidth = width * unit;
      context.beginPath();
      for (const [from, to] of pairs) {
        if (!finite(from) || !finite(to)) continue;
        context.moveTo(...from);
        context.lineTo(...to);
      }
      context.stroke();
    },
    rimmed(pairs, width, colour) {
      this.lines(pairs, width + 1.6, settings.shadow, 0.4);
      this.lines(pairs, width, colour, 1);
    },
    dots(points, radius, colour, alpha) {
      context.globalAlpha = alpha;
      context.fillStyle = colour;
      context.beginPath();
      for (const point of points.filter(finite)) {
        context.moveTo(point[0] + radius * unit, point[1]);
        context.arc(...point, radius * unit, 0, 2 * Math.PI);
      }
      context.fill();
    },
    fill(points, colour, alpha) {
      if (!points.every(finite)) return;
      context.globalAlpha = alpha;
      context.fillStyle = colour;
      context.beginPath();
      for (const point of points) context.lineTo(...point);
      context.fill();
    },
  };
}

function towards(quad) {
  let area = 0;
  quad.forEach(([x, y], k) => {
    const [nextX, nextY] = quad[(k + 1) % quad.length];
    area += x * nextY - y * nextX;
  });
  return !(area >= 0); // as in drawing.faces_towards
}

function drawBox(brush, corners, colour) {
  const turned = settings.faces.filter((face) => towards(face.map((k) => corners[k])));
  const shown = settings.edges.filter(([a, b]) => turned.some((face) => face.includes(a) && face.includes(b)));
  const hidden = settings.edges.filter((edge) => !shown.includes(edge));
  const ends = (edges) => edges.map(([a, b]) => [corners[a], corners[b]]);
  const front = settings.faces[0].map((k) => corners[k]);
  const facing = turned.includes(settings.faces[0]);
  brush.fill(front, colour, facing ? 0.3 : 0.1);
  brush.lines(ends(hidden), 1, colour, 0.45);
  brush.lines([[front[0], front[2]], [front[1], front[3]]], 1, colour, facing ? 0.9 : 0.3);
  brush.rimmed(ends(shown), 1.7, colour);
}

function drawPath(brush, points, t, colour) {
  const pieces = points.slice(1).map((point, k) => [points[k], point]);
  const [past, future] = [pieces.slice(0, t), pieces.slice(t)];
  brush.lines(future, 2, settings.shadow, 0.25);
  brush.lines(future, 0.8, colour, 0.6);
  brush.dots(points.slice(t + 1), 1.5, colour, 0.95);
  past.forEach((piece, k) => brush.lines([piece], 2.8 + (1.6 * (k + 1)) / t, settings.shadow, 0.25));
  past.forEach((piece, k) => brush.lines([piece], 1.2 + (1.6 * (k + 1)) / t, colour, 1));
}

function drawLabels(card) {
  const { clip, canvas, t } = card;
  const context = canvas.getContext("2d");
  const scale = canvas.width / clip.width;
  const ratio = window.devicePixelRatio || 1;
  const brush = painter(context, scale, ratio * Math.min(2, Math.max(1, canvas.height / ratio / 260)));
  const range = (count) => [...Array(count).keys()];
  const all = range(clip.objects.length);
  context.globalAlpha = 1;
  context.imageSmoothingQuality = "high";
  context.imageSmoothingEnabled = true;
  context.drawImage(card.still, 0, 0, canvas.width, canvas.height);
  if (state.layers.masks && card.masks && card.masks.complete) {
    const [column, row] = [t % clip.masks.columns, Math.floor(t / clip.masks.columns)];
    context.globalAlpha = 0.45;
    context.imageSmoothingEnabled = false;
    context.drawImage(card.masks, column * clip.width, row * clip.height, clip.width, clip.height, 0, 0, canvas.width, canvas.height);
  }
  if (state.layers.paths) {
    for (const n of all) {
      drawPath(brush, range(clip.frames).map((s) => brush.at(clip.centres, s * clip.objects.length + n)), t, colourOf(n));
    }
  }
  if (state.layers.boxes && clip.boxes) {
    for (const n of clip.order.slice(t * clip.objects.length, (t + 1) * clip.objects.length)) {
      drawBox(brush, range(8).map((k) => brush.at(clip.boxes, (t * clip.objects.length + n) * 8 + k)), colourOf(n));
    }
  } else if (state.layers.boxes) {
    for (const n of all) {
      const [low, high] = [0, 1].map((k) => brush.at(clip.rectangles, (t * clip.objects.length + n) * 2 + k));
      const round = [low, [high[0], low[1]], high, [low[0], high[1]]];
      brush.rimmed(round.map((point, k) => [point, round[(k + 1) % 4]]), 1.7, colourOf(n));
    }
  }
  if (state.layers.axes && clip.axes) {
    for (const n of all) {
      const ends = range(4).map((k) => brush.at(clip.axes, (t * clip.objects.length + n) * 4 + k));
      settings.axes.forEach((colour, k) => brush.rimmed([[ends[0], ends[k + 1]]], 2, colour));
    }
  }
  if (state.layers.tracks) {
    const count = clip.tracks.colours.length;
    const points = range(count).map((p) => brush.at(clip.tracks.px, t * count + p));
    brush.dots(points, 1.7, settings.shadow, 0.5);
    points.forEach((point, p) => brush.dots([point], 1.1, clip.tracks.colours[p], 1));
  }
  if (state.layers.paths) {
    for (const n of all) {
      const head = [brush.at(clip.centres, t * clip.objects.length + n)];
      brush.dots(head, 5.2, settings.shadow, 0.4);
      brush.dots(head, 4.4, "#fff", 1);
      brush.dots(head, 3, colourOf(n), 1);
    }
  }
}

// ---- playing ----

function mark(card, t) {
  card.scrubber.value = t;
  card.scrubber.style.setProperty("--done", (100 * t) / Math.max(1, card.clip.frames - 1) + "%");
}

function show(card, t) {
  card.t = Math.min(Math.max(t, 0), card.clip.frames - 1);
  if (card.playing || card.t === card.wanted) card.wanted = null;
  if (card.wanted === null) mark(card, card.t); // a handle that is being dragged stays where it is
  card.counter.textContent = `${card.t + 1} / ${card.clip.frames}`;
  drawLabels(card);
}

// The player's picture as a frame that knows its own time: by the time a callback runs, the player may be a frame
// further than it told. Null where the browser has none.
function caught(video) {
  try {
    return new VideoFrame(video);
  } catch {
    return null;
  }
}

// Keep the player's picture and show it with the labels of its frame, which its time stamp tells, or else the clock.
function follow(card) {
  const { video, clip } = card;
  const keep = (t, picture = video) => {
    card.still.getContext("2d").drawImage(picture, 0, 0, clip.width, clip.height);
    show(card, t);
  };
  if ("requestVideoFrameCallback" in video) {
    const presented = (now, { mediaTime }) => {
      const frame = caught(video);
      const seconds = frame ? frame.timestamp / 1e6 : mediaTime;
      keep(Math.round(seconds * clip.fps), frame || video);
      if (frame) frame.close();
      video.requestVideoFrameCallback(presented);
    };
    video.requestVideoFrameCallback(presented);
    return;
  }
  const byClock = () => keep( Math.floor(video.currentTime * clip.fps + 1e-3));
  video.addEventListener("seeked", byClock);
  const tick = () => {
    if (!video.paused) byClock();
    requestAnimationFrame(tick);
  };
  tick();
}

// In the middle of the frame's time, so that rounding cannot end in a neighbour.
function seek(card, t) {
  card.video.currentTime = (t + 0.5) / card.clip.fps;
}

function update(card) {
  card.video.playbackRate = state.speed;
  const play = card.visible && card.playing;
  if (play && card.video.paused) card.video.play().catch(() => {});
  if (!play && !card.video.paused) card.video.pause();
  const label = card.playing ? "pause" : "play";
  card.button.replaceChildren(icon(ICONS[label]));
  card.button.title = card.button.ariaLabel = label === "play" ? "Play" : "Pause";
  const anyPlays = cards.some((other) => other.playing);
  document.getElementById("play-all").textContent = anyPlays ? "Pause all" : "Play all";
}

// Films far from view are let go: browsers keep only so many players.
function load(card) {
  if (card.video.src) return;
  const bytes = Uint8Array.from(atob(card.clip.video), (character) => character.charCodeAt(0));
  card.video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
  seek(card, card.wanted ?? card.t);
}

function unload(card) {
  if (!card.video.src) return;
  URL.revokeObjectURL(card.video.src);
  card.video.removeAttribute("src");
  card.video.load();
}

function build(clip) {
  for (const name of ["centres", "boxes", "rectangles", "axes"]) clip[name] = numbers(clip[name]);
  clip.tracks.px = numbers(clip.tracks.px);
  const card = { clip, t: 0, wanted: null, playing: state.playing, visible: false };
  card.root = element("article", "card");
  card.stage = element("div", "stage");
  card.stage.style.aspectRatio = `${clip.width} / ${clip.height}`;
  card.video = element("video");
  Object.assign(card.video, { muted: true, loop: true, playsInline: true, preload: "auto" });
  card.canvas = element("canvas");
  card.still = element("canvas");
  Object.assign(card.still, { width: clip.width, height: clip.height });
  card.stage.append(card.video, card.canvas);
  if (clip.masks) {
    card.masks = new Image();
    card.masks.onload = () => drawLabels(card);
    card.masks.src = "data:image/png;base64," + clip.masks.png;
  }
  const controls = element("div", "controls");
  card.button = iconButton("pause", "Pause");
  card.scrubber = element("input", "scrubber");
  Object.assign(card.scrubber, { type: "range", min: 0, max: clip.frames - 1, step: 1, value: 0 });
  card.scrubber.setAttribute("aria-label", "Frame");
  card.counter = element("span", "counter");
  const widen = iconButton("widen", "Enlarge or shrink");
  controls.append(card.button, card.scrubber, card.counter, widen);
  card.root.append(card.stage, controls, words(clip));
  const toggle = () => {
    card.playing = !card.playing;
    update(card);
  };
  card.button.addEventListener("click", toggle);
  card.stage.addEventListener("click", toggle);
  widen.addEventListener("click", () => card.root.classList.toggle("wide"));
  card.scrubber.addEventListener("input", () => {
    card.playing = false;
    update(card);
    card.wanted = Number(card.scrubber.value);
    mark(card, card.wanted);
    seek(card, card.wanted);
  });
  const names = clip.objects.flatMap((object) => [object.name, object.category, object.motion, object.licence, object.author]);
  card.search = [clip.key, clip.split, ...names, ...clip.facts.flat()].join(" ").toLowerCase();
  new ResizeObserver(() => {
    const ratio = window.devicePixelRatio || 1;
    card.canvas.width = Math.max(1, Math.round(card.stage.clientWidth * ratio));
    card.canvas.height = Math.max(1, Math.round((card.stage.clientWidth * ratio * clip.height) / clip.width));
    drawLabels(card);
  }).observe(card.stage);
  cards.push(card);
  document.getElementById("grid").append(card.root);
  show(card, 0);
  follow(card);
  return card;
}

// ---- the bar ----

function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

for (const button of document.querySelectorAll("[data-layer]")) {
  state.layers[button.dataset.layer] = button.getAttribute("aria-pressed") === "true";
  button.addEventListener("click", () => {
    const layer = button.dataset.layer;
    state.layers[layer] = !state.layers[layer];
    press(button, state.layers[layer]);
    cards.forEach(drawLabels);
  });
}

for (const button of document.querySelectorAll("[data-speed]")) {
  button.addEventListener("click", () => {
    state.speed = Number(button.dataset.speed);
    document.querySelectorAll("[data-speed]").forEach((other) => press(other, other === button));
    cards.forEach(update);
  });
}

function playAll() {
  const play = !cards.some((card) => card.playing);
  for (const card of cards) card.playing = play;
  cards.forEach(update);
}

document.getElementById("play-all").addEventListener("click", playAll);
document.getElementById("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const card of cards) card.root.hidden = !wanted.every((word) => card.search.includes(word));
  document.getElementById("nothing").hidden = cards.some((card) => !card.root.hidden);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, button, summary")) return;
  const layer = { b: "boxes", p: "paths", t: "tracks", m: "masks", a: "axes" }[event.key];
  if (layer) document.querySelector(`[data-layer="${layer}"]`).click();
  if (event.key === " ") {
    event.preventDefault();
    playAll();
  }
});

const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const card = cards.find((one) => one.root === entry.target);
      card.visible = entry.isIntersecting;
      if (card.visible) load(card);
      update(card);
      if (!card.visible) unload(card);
    }
  },
  { rootMargin: "600px" },
);
for (const script of document.querySelectorAll("script.clip")) near.observe(build(JSON.parse(script.textContent)).root);
