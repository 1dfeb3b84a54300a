// Trained models: what each is and makes, and two of them beside each other.
import { ENDED, ask, bar, element, says, view } from "./art.js";
import { tiles } from "./pictures.js";
import { decimal, significant, t, whole, word } from "./words.js";

const address = (model, rest) => `/art/models/${encodeURIComponent(model.name)}/${rest}`;
const bytes = (n) => (n < 1e6 ? t`${decimal(n / 1e3)} kB` : t`${decimal(n / 1e6)} MB`);
let models = [], asked = "", seen = "";

view("models", async (place, runs) => {
  const state = runs.filter((run) => run.kind === "train").map((run) => run.id + run.state).join();
  if (place.children.length && state === asked) return;
  asked = state;
  await hang(place);
});
const hang = async (place) => {
  models = (await ask("/art/models")).models;
  const now = JSON.stringify(models);
  if (place.children.length && now === seen) return;
  seen = now;
  place.replaceChildren(element("ul", { className: "art-models" }, ...models.map((model) => card(model, place))));
};
const card = (model, place) => {
  const told = {
    [t`makes`]: model.kind === "generator" ? t`pictures of ${model.makes}` : t`pictures larger, ${model.makes}`,
    [t`styles`]: model.conditional ? model.styles.join(", ") : model.styles.length && model.takes === "latent" ? t`cannot be asked for` : "",
    [t`domains`]: model.takes === "domain-picture" ? model.styles.join(", ") : "",
    [t`licence`]: word(model.licence),
    [t`size`]: model.size ? bytes(model.size) : t`its weights are gone`,
    [t`steps`]: model.steps === null ? "" : whole(model.steps),
    ...Object.fromEntries(Object.entries(model.hiding).map(([way, score]) => [t`hiding score, ${way}`, significant(score)])),
    ...Object.fromEntries(Object.entries(model.metrics).map(([name, value]) => [name.replaceAll("_", " "), Number(value.toPrecision(4))])),
  };
  const marks = [word(model.kind), model.shipped && t`comes with artgen`, model.default && t`default`].filter(Boolean);
  const facts = element("dl", { className: "art-takes" }, ...Object.entries(told).filter(([, value]) => value !== "").flatMap(([name, value]) => [
    element("dt", { textContent: name }), element("dd", { textContent: value })]));
  const pictures = model.pictures.map((which) => element("img", { src: address(model, `picture/${which}`), alt: which === "samples" ? t`samples of ${model.name}` : t`comparison of ${model.name}`, loading: "lazy" }));
  const text = model.text ? element("details", {}, element("summary", { textContent: t`Card` }), element("div", { className: "art-text" }, ...paragraphs(model.text))) : null;
  return element("li", { className: "art-model" },
    element("div", { className: "art-run-head" }, element("strong", { textContent: model.name }), ...marks.map((mark) => element("span", { className: "art-tag", textContent: mark }))),
    element("div", { className: "art-model-body" }, ...pictures.slice(0, 1), element("div", {}, facts, ...offer(model, place))), text);
};
const offer = (model, place) => {
  if (!model.takes || model.default) return [];
  const made = element("button", { className: "art-button", type: "button", textContent: t`make it the default` });
  made.setAttribute("aria-label", t`make ${model.name} the default`);
  made.onclick = async () => {
    made.disabled = true;
    try { await ask(address(model, "default"), { method: "POST" }); await hang(place); }
    catch (error) { made.after(element("span", { className: "art-problem", textContent: error.message })); }
  };
  return [made];
};

// Markdown as far as cards use it; every text goes in as text, so that none can be more than that
const paragraphs = (text) => {
  const found = [];
  let lines = [], kind = "p";
  const put = () => {
    const whole = lines.join("\n").trim();
    if (whole) found.push(kind === "table" ? table(lines) : element(kind, { textContent: kind === "pre" ? whole : plain(whole) }));
    lines = [];
  };
  const turn = (next) => { if (next !== kind) { put(); kind = next; } };
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) { const open = kind !== "pre"; put(); kind = open ? "pre" : "p"; }
    else if (kind === "pre") lines.push(line);
    else if (/^#{1,6} /.test(line)) { put(); found.push(element("h4", { textContent: plain(line.replace(/^#+ /, "")) })); kind = "p"; }
    else if (line.startsWith("|")) { turn("table"); lines.push(line); }
    else if (!line.trim()) { put(); kind = "p"; }
    else if (!/^!\[[^\]]*\]\([^)]*\)$/.test(line.trim())) { turn("p"); lines.push(line); }
  }
  put();
  return found;
};
const plain = (text) => text.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*`]/g, "").replace(/\n/g, " ");
const table = (lines) => {
  const rows = lines.filter((line) => !/^\|[\s:|-]+\|?$/.test(line) || !line.includes("-")).map((line) => line.replace(/^\||\|$/g, "").split("|"));
  return element("div", { className: "art-table" }, element("table", {}, ...rows.map((cells) =>
    element("tr", {}, ...cells.map((cell) => element("td", { textContent: plain(cell.trim()) }))))));
};

const KEY = "art-comparison"; // what this browser compared last; the runs are in the store like all others
view("comparison", async (place, runs) => {
  if (!models.length) models = (await ask("/art/models")).models;
  const names = models.filter((model) => model.takes === "latent").map((model) => model.name);
  place.hidden = names.length < 2;
  if (place.hidden) return;
  if (place.dataset.names !== names.join()) form(place, names);
  const compared = JSON.parse(sessionStorage.getItem(KEY) || "null");
  if (compared) await show(place.querySelector(".art-pair"), compared, runs);
});
const form = (place, names) => {
  place.dataset.names = names.join();
  const select = (label, chosen) => element("label", {}, label, element("select", { className: "art-select" },
    ...names.map((name, index) => element("option", { value: name, textContent: name, selected: index === chosen }))));
  const number = (label, value, least, most) => element("label", {}, label, element("input", { className: "art-select", type: "number", value, min: least, max: most }));
  const one = select(t`Model`, 0), other = select(t`and`, 1), seed = number(t`First seed`, 0, 0, 2 ** 53), count = number(t`Pictures`, 8, 1, 32);
  const go = element("button", { className: "art-button", type: "submit", textContent: t`Compare` });
  const told = element("span", { className: "art-problem" });
  const made = element("form", { className: "art-compare" }, one, other, seed, count, go, told);
  made.onsubmit = async (event) => {
    event.preventDefault();
    told.textContent = "";
    const chosen = [one, other].map((label) => label.querySelector("select").value);
    const wish = { models: chosen, seed: Number(seed.querySelector("input").value), count: Number(count.querySelector("input").value) };
    try {
      const { runs } = await ask("/art/models/compare", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) });
      sessionStorage.setItem(KEY, JSON.stringify({ models: chosen, runs }));
    } catch (error) { told.textContent = error.message; }
  };
  place.replaceChildren(element("h3", { className: "art-heading", textContent: t`Two models on the same seeds` }), made, element("div", { className: "art-pair" }));
};
const show = async (place, compared, runs) => {
  if (place.dataset.runs !== compared.runs.join()) {
    place.dataset.runs = compared.runs.join();
    place.replaceChildren(...compared.models.map((name) => element("div", { className: "art-side" },
      element("p", { className: "art-says", textContent: name }), element("div", { className: "art-state" }), element("div", { className: "art-grid art-grid-small" }))));
  }
  for (const [index, id] of compared.runs.entries()) {
    const run = runs.find((each) => each.id === id), side = place.children[index];
    const ended = !run || ENDED.has(run.state);
    side.querySelector(".art-state").replaceChildren(...(run && run.state !== "done" ? [element("p", { textContent: says(run) })] : []), ...(ended ? [] : [bar(run)]));
    const state = run ? `${run.done} ${run.state}` : "earlier";
    if (side.dataset.seen === state) continue;
    tiles(side.querySelector(".art-grid"), (await ask(`/art/pictures?run=${encodeURIComponent(id)}&limit=100`)).pictures, "file");
    side.dataset.seen = state;
  }
};
