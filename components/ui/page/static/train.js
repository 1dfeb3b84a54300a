// The dry run, and a training live: where it is, its curves, its samples over time.
import { ENDED, actions, ask, bar, element, parameters, says, view } from "./art.js";
import "./collections.js";
import { significant, t, whole, word } from "./words.js";

const COLOURS = ["#0d9488", "#d97706"];

view("trial", async (place) => {
  const trial = await ask("/art/training/trial");
  const seen = JSON.stringify(trial);
  if (place.dataset.seen === seen) return;
  place.dataset.seen = seen;
  if (trial.state === "none") { place.replaceChildren(); return; }
  const line = element("p", { className: trial.state === "failed" ? "art-says art-problem" : "art-says" });
  line.setAttribute("aria-live", "polite");
  line.textContent = { running: `${t`Dry run of ${trial.preset} on ${trial.source}`}: ${trial.says} …`, failed: trial.says, done: t`Dry run of ${trial.preset} on ${trial.source}` }[trial.state];
  const list = (rows) => element("dl", { className: "art-takes" }, ...Object.entries(rows).flatMap(([name, words]) => [
    element("dt", { textContent: word(name) }), element("dd", { textContent: words })]));
  const rest = trial.state === "done"
    ? [list(trial.takes), element("details", {}, element("summary", { textContent: t`All settings` }), list(trial.settings))] : [];
  place.replaceChildren(element("div", { className: "art-trial" }, line, ...rest));
});

const known = new Map(); // what is known of each training: token, series, panels, samples, collapses, model
let chosen = "";

view("training", async (place, runs) => {
  const trainings = runs.filter((run) => run.kind === "train");
  const run = trainings.find((each) => each.id === chosen) || trainings[0];
  if (!run) {
    place.replaceChildren(element("p", { className: "art-empty", textContent: t`Nothing was trained yet. Choose pictures and a preset, and press Dry run: it says how long the training will take.` }));
    return;
  }
  const parts = frame(place);
  choose(parts.choice, trainings, run);
  const line = element("p", { className: "art-says", textContent: says(run) });
  line.setAttribute("aria-live", "polite");
  const about = known.get(run.id) || { token: "", series: {}, panels: [], samples: [], collapses: [], model: null };
  parts.head.replaceChildren(line, ...(ENDED.has(run.state) ? [] : [bar(run)]), parameters(run), theDefault(about.model, actions(run)));
  const state = `${run.id} ${run.state} ${run.done} ${run.stage_done}`;
  if (parts.seen === state) return;
  const last = Math.max(0, ...Object.values(about.series).map((points) => points.at(-1)?.[0] || 0));
  const news = await ask(`/art/training/run/${encodeURIComponent(run.id)}?since=${last}&token=${encodeURIComponent(about.token)}`);
  merge(about, news);
  known.set(run.id, about);
  parts.seen = state;
  warnings(parts.warnings, about.collapses);
  sheets(parts.samples, run, about.samples);
  figures(parts.figures, about);
  parts.head.replaceChildren(...[...parts.head.children].slice(0, -1), theDefault(about.model, actions(run)));
});

const frame = (place) => {
  if (!place.art) {
    const div = (className) => element("div", { className });
    place.art = { choice: div("art-choice"), head: div("art-head"), warnings: div("art-warnings"), samples: div("art-samples"), figures: div("art-figures"), seen: "" };
    place.replaceChildren(place.art.choice, place.art.head, place.art.warnings, place.art.samples, place.art.figures);
  } else if (!place.art.head.isConnected) {
    place.replaceChildren(place.art.choice, place.art.head, place.art.warnings, place.art.samples, place.art.figures);
  }
  return place.art;
};
const choose = (place, trainings, run) => {
  const seen = trainings.map((each) => each.id).join();
  place.hidden = trainings.length < 2;
  if (place.dataset.seen === seen && place.dataset.run === run.id) return;
  Object.assign(place.dataset, { seen, run: run.id });
  const select = element("select", { className: "art-select" },
    ...trainings.map((each) => element("option", { value: each.id, textContent: `${each.settings.preset || t`training`}, ${each.id}`, selected: each.id === run.id })));
  select.setAttribute("aria-label", t`training`);
  select.onchange = () => { chosen = select.value; document.dispatchEvent(new Event("click")); };
  place.replaceChildren(select);
};
const theDefault = (model, row) => {
  if (!model) return row;
  const made = element("button", { className: "art-button", type: "button", textContent: t`make this model the default` });
  made.onclick = async () => {
    made.disabled = true;
    const told = element("span", {});
    try { await ask(`/art/models/${encodeURIComponent(model)}/default`, { method: "POST" }); told.textContent = t`${model} is the default`; }
    catch (error) { told.className = "art-problem"; told.textContent = error.message; }
    made.after(told);
  };
  row.append(made);
  return row;
};
const merge = (about, news) => {
  if (news.whole) about.series = {};
  for (const [name, points] of Object.entries(news.series)) {
    if (!points.length) continue;
    about.series[name] = [...(about.series[name] || []).filter(([step]) => step < points[0][0]), ...points];
  }
  Object.assign(about, { token: news.token, panels: news.panels, samples: news.samples, collapses: news.collapses, model: news.model });
};
const warnings = (place, collapses) =>
  place.replaceChildren(...collapses.map((text) => element("p", { className: "art-warning", textContent: text })));

// the slider stays at the newest sheet until somebody moves it back
const sheets = (place, run, steps) => {
  place.hidden = !steps.length;
  if (!steps.length) return;
  if (place.dataset.run !== run.id) {
    const image = element("img", { alt: "" });
    const slider = element("input", { type: "range", min: 0, step: 1 });
    slider.setAttribute("aria-label", t`step of the samples`);
    slider.oninput = () => turn(place, run);
    place.replaceChildren(element("h3", { textContent: t`Samples over time` }), image, element("div", { className: "art-slider" }, slider, element("output", {})));
    place.dataset.run = run.id;
    place.steps = [];
  }
  const slider = place.querySelector("input");
  const atEnd = !place.steps.length || Number(slider.value) >= place.steps.length - 1;
  const before = place.steps[Number(slider.value)];
  place.steps = steps;
  slider.max = steps.length - 1;
  slider.value = atEnd ? steps.length - 1 : Math.max(0, steps.indexOf(before));
  slider.disabled = steps.length < 2;
  turn(place, run);
};
const turn = (place, run) => {
  const step = place.steps[Number(place.querySelector("input").value)];
  const address = `/art/training/run/${encodeURIComponent(run.id)}/sample/${step}`;
  const image = place.querySelector("img");
  if (image.getAttribute("src") !== address) { image.src = address; image.alt = t`samples at step ${whole(step)}`; }
  place.querySelector("output").textContent = t`step ${whole(step)}`;
};

const figures = (place, about) => {
  const there = new Map([...place.children].map((figure) => [figure.dataset.title, figure]));
  place.replaceChildren(...about.panels.map((panel) => there.get(panel.title) || figure(panel)));
  about.panels.forEach((panel, index) => draw(place.children[index], panel, about.series));
};
const figure = (panel) => {
  const made = element("figure", { className: "art-figure" }, element("figcaption", { textContent: word(panel.title) }), element("canvas", {}), element("div", { className: "art-legend" }));
  made.dataset.title = panel.title;
  made.querySelector("canvas").setAttribute("role", "img");
  return made;
};
const number = (value) => (Math.abs(value) >= 1000 || (value && Math.abs(value) < 0.01) ? value.toExponential(1) : significant(value));
const draw = (place, panel, series) => {
  const canvas = place.querySelector("canvas"), scale = window.devicePixelRatio || 1;
  const curves = Object.entries(panel.curves).filter(([name]) => series[name]?.length);
  const newest = curves.map(([name, label]) => `${word(label)} ${number(series[name].at(-1)[1])}`);
  canvas.setAttribute("aria-label", `${word(panel.title)}: ${newest.join(", ")}`);
  place.querySelector(".art-legend").replaceChildren(...newest.map((text, index) => {
    const mark = element("span", { className: "art-mark" });
    mark.style.background = COLOURS[index % COLOURS.length];
    return element("span", {}, mark, text);
  }));
  const width = canvas.clientWidth, height = canvas.clientHeight, left = 52, bottom = 20, top = 8;
  if (!width || !curves.length) return;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d"), style = getComputedStyle(place);
  pen.scale(scale, scale);
  const values = curves.flatMap(([name]) => series[name].map((point) => point[1])).concat(panel.ideal === null ? [] : [panel.ideal]).sort((a, b) => a - b);
  // a few values of the very beginning must not press the rest flat
  let low = values[Math.floor(0.005 * (values.length - 1))], high = values[Math.ceil(0.995 * (values.length - 1))];
  const margin = 0.08 * (high - low) || 0.5;
  low -= margin; high += margin;
  const last = Math.max(2, ...curves.map(([name]) => series[name].at(-1)[0]));
  const x = (step) => left + (step / last) * (width - left - 8);
  const y = (value) => top + ((high - value) / (high - low)) * (height - top - bottom);
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = style.color;
  pen.strokeStyle = style.borderColor;
  for (let line = 0; line <= 3; line += 1) {
    const value = low + ((high - low) * line) / 3;
    pen.beginPath(); pen.moveTo(left, y(value)); pen.lineTo(width - 8, y(value)); pen.stroke();
    pen.textAlign = "right"; pen.fillText(number(value), left - 6, y(value) + 4);
  }
  pen.textAlign = "left"; pen.fillText("0", left, height - 4);
  pen.textAlign = "right"; pen.fillText(t`step ${whole(Math.round(last))}`, width - 8, height - 4);
  if (panel.ideal !== null) {
    pen.setLineDash([4, 4]); pen.strokeStyle = style.color;
    pen.beginPath(); pen.moveTo(left, y(panel.ideal)); pen.lineTo(width - 8, y(panel.ideal)); pen.stroke(); pen.setLineDash([]);
  }
  pen.save();
  pen.beginPath(); pen.rect(left, 0, width - left, height - bottom + 2); pen.clip();
  pen.lineWidth = 1.5;
  curves.forEach(([name], index) => {
    pen.strokeStyle = pen.fillStyle = COLOURS[index % COLOURS.length];
    pen.beginPath();
    series[name].forEach(([step, value], point) => (point ? pen.lineTo(x(step), y(value)) : pen.moveTo(x(step), y(value))));
    pen.stroke();
    if (series[name].length === 1) { pen.beginPath(); pen.arc(x(series[name][0][0]), y(series[name][0][1]), 2.5, 0, 7); pen.fill(); }
  });
  pen.restore();
};
