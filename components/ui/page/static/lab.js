// The laboratory: a point under the hand, the picture there, the layers that make it, and what parts of them are for.
import { ask, element, view } from "./art.js";
import { plainButton } from "./held.js";
import { decimal, t } from "./words.js";

const PAD = 200, REACH = 3, FRAME_MS = 80;
const pairs = (length) => ({ 2: [[0, 1]], 3: [[0, 1], [0, 2], [1, 2]], 4: [[0, 1], [2, 3]] })[length] ?? [];
const query = (values) => new URLSearchParams(Object.entries(values).flatMap(([name, value]) =>
  value === null || value === undefined ? [] : [].concat(value).map((each) => [name, each])));

const lab = { model: null, about: null, style: null, seed: 7, numbers: [], a: null, b: null, layer: null, zeros: new Set(), playing: null };
const small = () => !lab.about.directions.length;
const spot = (numbers, seed) => (small() ? numbers.join(",") : `seed:${seed};${numbers.join(",")}`);
const here = () => ({ model: lab.model, style: lab.style, at: spot(lab.numbers, lab.seed) });
const end = (which) => spot(which.numbers, which.seed);

// The hand is quicker than the server: of what was asked for meanwhile, the last alone is asked.
const latest = (work) => {
  let busy = false, again = false;
  return async () => {
    if (busy) { again = true; return; }
    busy = true;
    try { do { again = false; await work(); } while (again); } finally { busy = false; }
  };
};

const parts = {};
const say = (text = "") => { parts.said.textContent = text; };
const tried = async (work) => {
  try { await work(); say(); } catch (error) { say(error.message); parts.opening.hidden = true; }
};

const showPoint = latest(() => tried(async () => {
  const asked = here(), found = await ask(`/art/lab/point?${query(asked)}`);
  parts.image.src = found.image;
  parts.image.hidden = false;
  parts.opening.hidden = true;
  Object.assign(parts.image.dataset, { at: asked.at, of: asked.style ?? "" }); // what is shown, which may not be the newest
  bars(found.means);
  drawPads();
  if (lab.layer) await showLayer();
}));

const showLayer = async () => {
  const found = await ask(`/art/lab/activations?${query({ ...here(), layer: lab.layer.name })}`);
  parts.maps.replaceChildren(...found.maps.map(({ channel, image }) => {
    const tile = element("button", { type: "button", className: "art-map" }, element("img", { src: image, alt: "" }));
    if (channel === null) { tile.disabled = true; tile.setAttribute("aria-label", t`activations`); return tile; }
    return toggle(tile, `c${channel}`, t`channel ${channel}`);
  }));
  await showEdit();
};
const showEdit = async () => {
  const [rows, channels] = ["r", "c"].map((kind) => [...lab.zeros].filter((each) => each[0] === kind).map((each) => each.slice(1)));
  parts.edited.hidden = !(rows.length || channels.length);
  if (parts.edited.hidden) return;
  const found = await ask(`/art/lab/edit?${query({ ...here(), layer: lab.layer.name, rows, channels })}`);
  parts.editedImage.src = found.image;
  parts.editedText.textContent = t`without what is crossed out; a pixel changed by ${decimal(100 * found.changed)} % on the average`;
};
const refreshEdit = latest(() => tried(showEdit));
const toggle = (button, key, label) => {
  const mark = () => button.setAttribute("aria-pressed", lab.zeros.has(key));
  button.setAttribute("aria-label", label);
  button.onclick = () => {
    if (!lab.zeros.delete(key)) lab.zeros.add(key);
    mark();
    refreshEdit();
  };
  mark();
  return button;
};

const choose = (layer) => {
  lab.layer = lab.layer?.name === layer.name ? null : layer;
  lab.zeros.clear();
  for (const each of parts.layers.querySelectorAll("button")) each.setAttribute("aria-expanded", each.dataset.layer === lab.layer?.name);
  parts.opened.hidden = !lab.layer;
  if (!lab.layer) return;
  const [, rows] = layer.shape;
  parts.openedTitle.textContent = `${layer.name}, ${layer.shape.join(" × ")}`;
  parts.maps.replaceChildren();
  parts.rows.replaceChildren(...(layer.shape.length === 3 && rows > 1
    ? Array.from({ length: rows }, (_, row) => toggle(element("button", { type: "button", className: "art-row", textContent: row }), `r${row}`, t`row ${row}`))
    : []));
  parts.rowsTitle.hidden = !parts.rows.children.length;
  tried(showLayer);
};
const bars = (means) => {
  const most = Math.max(...Object.values(means).map(Math.abs), 1e-12);
  for (const row of parts.layers.children) {
    const mean = means[row.dataset.layer];
    const bar = row.querySelector(".art-mean").style, half = 50 * mean / most; // to the right of the middle, or to the left
    bar.setProperty("--left", `${50 + Math.min(0, half)}%`);
    bar.setProperty("--wide", `${Math.abs(half)}%`);
    row.querySelector("output").textContent = decimal(mean, 3);
  }
};
const listLayers = () => parts.layers.replaceChildren(...lab.about.layers.map((layer) => {
  const open = element("button", { type: "button", className: "art-layer", textContent: layer.name, onclick: () => choose(layer) });
  open.dataset.layer = layer.name;
  open.setAttribute("aria-expanded", "false");
  const row = element("li", { title: layer.shape.join(" × ") }, open, element("div", { className: "art-mean" }), element("output"));
  row.dataset.layer = layer.name;
  return row;
}));

// pads: two numbers of a small space each, to be dragged
const drawPads = () => {
  const colours = getComputedStyle(document.documentElement);
  for (const { canvas, pair: [x, y] } of parts.pads) {
    const pen = canvas.getContext("2d"), place = (value) => (value + 1) / 2 * PAD;
    const at = (numbers) => [place(numbers[x]), PAD - place(numbers[y])];
    pen.clearRect(0, 0, PAD, PAD);
    pen.strokeStyle = colours.getPropertyValue("--border-color-primary") || "gray";
    pen.strokeRect(0.5, 0.5, PAD - 1, PAD - 1);
    pen.beginPath(); pen.moveTo(PAD / 2, 0); pen.lineTo(PAD / 2, PAD); pen.moveTo(0, PAD / 2); pen.lineTo(PAD, PAD / 2); pen.stroke();
    pen.strokeStyle = pen.fillStyle = colours.getPropertyValue("--body-text-color") || "gray";
    pen.font = "bold 14px sans-serif";
    if (lab.a && lab.b) { pen.beginPath(); pen.moveTo(...at(lab.a.numbers)); pen.lineTo(...at(lab.b.numbers)); pen.stroke(); }
    for (const [name, point] of [["A", lab.a], ["B", lab.b]]) if (point) pen.fillText(name, at(point.numbers)[0] + 6, at(point.numbers)[1] - 4);
    pen.fillStyle = "#d97706";
    pen.beginPath(); pen.arc(...at(lab.numbers), 6, 0, 7); pen.fill();
  }
};
const pad = (pair) => {
  const canvas = element("canvas", { width: PAD, height: PAD, className: "art-pad" });
  canvas.setAttribute("aria-hidden", "true"); // the sliders do the same for the keyboard
  const move = (event) => {
    if (!event.buttons) return;
    const box = canvas.getBoundingClientRect();
    const within = (share) => Math.round(1000 * Math.min(1, Math.max(-1, 2 * share - 1))) / 1000;
    lab.numbers[pair[0]] = within((event.clientX - box.left) / box.width);
    lab.numbers[pair[1]] = within(1 - (event.clientY - box.top) / box.height);
    putSliders();
    showPoint();
  };
  canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); stop(); move(event); };
  canvas.onpointermove = move;
  return { canvas, pair };
};

const putSliders = () => parts.sliders.querySelectorAll("input[type=range]").forEach((slider, place) => {
  slider.value = lab.numbers[place];
  slider.nextElementSibling.textContent = decimal(lab.numbers[place], 2);
});
const slider = (place) => {
  const reach = small() ? 1 : REACH;
  const named = small() ? t`coordinate ${place + 1}` : t`direction ${place + 1}: ${decimal(100 * lab.about.directions[place])} % of the variance`;
  const range = element("input", { type: "range", min: -reach, max: reach, step: 0.01, value: lab.numbers[place] });
  range.setAttribute("aria-label", named);
  range.oninput = () => {
    stop();
    lab.numbers[place] = Number(range.value);
    range.nextElementSibling.textContent = decimal(lab.numbers[place], 2);
    showPoint();
  };
  return element("div", {}, element("span", { textContent: named, className: "art-slider-name" }),
    element("div", { className: "art-slider" }, range, element("output", { textContent: decimal(lab.numbers[place], 2) })));
};

// the way from A to B
const stop = () => { clearInterval(lab.playing); lab.playing = null; };
const keep = (name) => {
  lab[name] = { numbers: [...lab.numbers], seed: lab.seed };
  parts.play.disabled = !(lab.a && lab.b);
  parts.ends.textContent = [["A", lab.a], ["B", lab.b]].filter(([, point]) => point)
    .map(([name, point]) => `${name}: ${small() ? point.numbers.map((each) => decimal(each, 2)).join("; ") : t`seed ${point.seed}`}`).join(" · ");
  drawPads();
};
const play = () => tried(async () => {
  stop();
  const found = await ask(`/art/lab/morph?${query({ model: lab.model, style: lab.style, start: end(lab.a), end: end(lab.b), frames: 24 })}`);
  parts.strip.replaceChildren(...found.images.map((image) => element("img", { src: image, alt: "" })));
  let place = 0;
  lab.playing = setInterval(() => {
    parts.image.src = found.images[place];
    if (found.points.length) { lab.numbers = [...found.points[place]]; putSliders(); drawPads(); }
    place += 1;
    if (place === found.images.length) { stop(); if (!found.points.length) lab.numbers = [...lab.b.numbers], lab.seed = lab.b.seed; putSliders(); showPoint(); }
  }, FRAME_MS);
});

const labelled = (text, control) => {
  control.setAttribute("aria-label", text); // without the words of the options
  return element("label", { className: "art-labelled" }, text, control);
};
const menu = (options, chosen, changed) => {
  const made = element("select", { className: "art-field" }, ...options.map((each) => element("option", { textContent: each, value: each, selected: each === chosen })));
  made.onchange = () => changed(made.value);
  return made;
};
const open = (name) => tried(async () => {
  stop();
  parts.image.hidden = true;
  parts.opening.hidden = false;
  const about = await ask(`/art/lab/model?${query({ model: name })}`);
  Object.assign(lab, { model: name, about, a: null, b: null, layer: null, style: about.styles[0] ?? null });
  lab.zeros.clear();
  lab.numbers = Array(small() ? about.length : about.directions.length).fill(0);
  parts.pads = pairs(small() ? about.length : 0).map(pad);
  parts.padPlace.replaceChildren(...parts.pads.map(({ canvas }) => canvas));
  parts.sliders.replaceChildren(...lab.numbers.map((_, place) => slider(place)));
  const seed = element("input", { type: "number", className: "art-field", min: 0, value: lab.seed });
  seed.onchange = () => { stop(); lab.seed = Math.max(0, Math.round(Number(seed.value) || 0)); showPoint(); };
  parts.besides.replaceChildren(
    ...(about.styles.length ? [labelled(t`Class`, menu(about.styles, lab.style, (style) => { lab.style = style; showPoint(); }))] : []),
    ...(small() ? [] : [labelled(t`Seed`, seed)]));
  parts.opened.hidden = parts.edited.hidden = true;
  parts.play.disabled = true;
  parts.ends.textContent = "";
  parts.strip.replaceChildren();
  const side = about.layers.at(-1).shape.at(-1);
  for (const each of [parts.image, parts.editedImage]) each.classList.toggle("art-smooth", side >= 64);
  listLayers();
  await showPoint();
});

const build = async (place) => {
  const { models } = await ask("/art/lab/models");
  if (place.children.length) return; // two looks at once
  if (!models.length) {
    place.replaceChildren(element("p", { className: "art-empty", textContent: t`No model that makes pictures of noise is on this machine. Train one on the tab Train.` }));
    return;
  }
  Object.assign(parts, {
    said: element("p", { className: "art-problem", role: "alert" }),
    image: element("img", { className: "art-lab-image", alt: t`the picture at this point`, hidden: true }),
    opening: element("p", { className: "art-empty", textContent: t`The model is being opened; the first time takes some seconds.` }),
    padPlace: element("div", { className: "art-pads" }), pads: [],
    sliders: element("div", { className: "art-lab-sliders" }),
    besides: element("div", { className: "art-lab-besides" }),
    ends: element("span", { className: "art-count" }),
    play: plainButton(t`play A to B`, play),
    strip: element("div", { className: "art-lab-strip" }),
    layers: element("ol", { className: "art-layers" }),
    openedTitle: element("h3"),
    maps: element("div", { className: "art-maps" }),
    rows: element("div", { className: "art-rows" }),
    rowsTitle: element("p", { textContent: t`Rows to cross out:` }),
    editedImage: element("img", { className: "art-lab-image", alt: t`the picture without what is crossed out` }),
    editedText: element("figcaption"),
  });
  parts.edited = element("figure", { className: "art-figure", hidden: true }, parts.editedImage, parts.editedText);
  parts.opened = element("section", { className: "art-lab-layer", hidden: true }, parts.openedTitle,
    element("p", { textContent: t`Grey is 0. Press a map to cross a channel out, and see the picture without it.` }), parts.maps, parts.rowsTitle, parts.rows);
  place.replaceChildren(
    element("div", { className: "art-lab-bar" }, labelled(t`Model`, menu(models, models[0], open)), parts.besides),
    parts.said,
    element("div", { className: "art-lab" },
      element("div", {}, parts.padPlace, parts.sliders,
        element("div", { className: "art-actions" }, plainButton(t`this is A`, () => keep("a")), plainButton(t`this is B`, () => keep("b")), parts.play, parts.ends)),
      element("div", { className: "art-lab-images" }, parts.opening, parts.image, parts.edited),
      element("div", {}, element("h3", { textContent: t`Mean activation of each layer` }), parts.layers)),
    parts.strip,
    parts.opened);
  await open(models[0]);
};
view("lab", async (place) => {
  if (place.children.length || place.dataset.building) return;
  place.dataset.building = "1";
  try { await build(place); } finally { delete place.dataset.building; }
});
