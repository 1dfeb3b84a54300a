// Style transfer: contents, styles and masks that are handed in; weights that are tried; what is under way; what was made.
import { ENDED, ask, bar, element, file, look, says, view } from "./art.js";
import { handIn, zone } from "./drop.js";
import { comparison, hold } from "./enhance.js";
import { paint, whereNoOther } from "./mask.js";
import { fillControls, openTab, tell } from "./use.js";
import { decimal, t, word } from "./words.js";

const contents = [], styles = []; // {picture, name, url, state}; a style has a weight, too, and perhaps a mask: {picture, canvas}
const groups = { contents, styles };
const button = (textContent, onclick, label) => {
  const made = element("button", { className: "art-button", type: "button", textContent, onclick });
  if (label) made.setAttribute("aria-label", label);
  return made;
};
const place = () => document.querySelector('[data-view="style-drop"]');

// What the buttons hand to the server. Where some styles have masks, one without goes where no other does.
window.artStyle = async () => {
  const able = styles.filter((each) => each.picture), painted = able.filter((each) => each.mask);
  const rest = painted.length && painted.length < able.length ? (await whereNoOther(painted.map((each) => each.mask.canvas))).picture : undefined;
  return JSON.stringify({
    contents: contents.filter((each) => each.picture).map(({ picture, name }) => ({ picture, name })),
    styles: able.map(({ picture, name, weight, mask }) => ({ picture, name, weight, mask: mask ? mask.picture : rest })),
  });
};

const hang = (group, kept) => {
  const fresh = { weight: 1, state: "", ...kept };
  groups[group].push(fresh);
  return fresh;
};
const take = async (group, files) => {
  const fresh = files.map((chosen) => [chosen, hang(group, { name: chosen.name, state: t`on its way`, url: URL.createObjectURL(chosen) })]);
  list();
  for (const [chosen, each] of fresh) {
    try { Object.assign(each, await handIn(chosen), { state: "" }); }
    catch (error) { each.state = error.message; }
    list();
  }
};
// Take in a stored picture, as content or as style.
export const takeStored = async (picture, group) => {
  try {
    const kept = await ask(file(picture, "taken"), { method: "POST" });
    hang(group, { ...kept, url: `/art/uploads/${kept.picture}` });
    openTab("style");
    list();
    tell(group === "styles" ? t`The picture is a style now.` : t`The picture is a content now.`);
  } catch (error) { tell(t`Not taken: ${error.message}.`); }
};
const drop = (group, each) => {
  groups[group].splice(groups[group].indexOf(each), 1);
  if (group === "contents") for (const style of styles) style.mask = null; // they were as large as it
  list();
};
const weightOf = (each) => {
  const input = element("input", { type: "number", min: 0, step: 0.1, value: each.weight, className: "art-field art-weight", title: t`how much it counts beside the other styles` });
  input.setAttribute("aria-label", t`weight of ${each.name}`);
  input.onchange = () => { each.weight = Math.max(0, Number(input.value) || 0); };
  return input;
};
const maskOf = (each) => {
  const made = button(each.mask ? t`mask ✓` : t`mask`, async () => {
    const content = contents.find((other) => other.picture);
    if (!content) { tell(t`Drop a content first: a mask is painted over it.`); return; }
    try {
      const mask = await paint(content, each.name, each.mask?.canvas);
      if (mask !== undefined) each.mask = mask;
      list();
    } catch (error) { tell(error.message); }
  }, each.mask ? t`change where ${each.name} goes` : t`paint where ${each.name} goes`);
  return made;
};
const row = (group, each) => {
  const image = element("img", { src: each.url, alt: "", decoding: "async" });
  image.onerror = () => image.classList.add("art-unseen");
  const state = each.state ? element("span", { className: each.picture ? "" : "art-problem", textContent: each.state }) : null;
  const own = group === "styles" && each.picture ? [weightOf(each), maskOf(each)] : [];
  return element("li", {}, image, element("span", { className: "art-held-name", textContent: each.name, title: each.name }), state, ...own,
    button("×", () => drop(group, each), t`remove ${each.name}`));
};
const list = () => {
  for (const [group, those] of Object.entries(groups)) {
    place()?.querySelector(`[data-group="${group}"]`)?.replaceChildren(...those.map((each) => row(group, each)));
  }
};
view("style-drop", (drops) => {
  if (drops.children.length) return;
  const part = (group, id, label) => element("div", {}, zone(id, label, (files) => take(group, files), { className: "art-drop art-drop-small" }),
    element("ul", { className: "art-held" }));
  const parts = [part("contents", "art-contents", t`Content: drop a picture here, or choose it`), part("styles", "art-styles", t`Style: drop one or several pictures, or choose them`)];
  parts.forEach((each, at) => { each.lastChild.dataset.group = Object.keys(groups)[at]; });
  drops.replaceChildren(...parts);
  list();
});

// The grid: a row for each weight of the content, a column for each of the style.
view("style-grid", (grid, runs) => {
  const { run: id, trial, weights } = grid.dataset, tried = weights.split(",").map(Number);
  const run = runs.find((each) => each.id === id);
  if (!grid.children.length) {
    const cells = tried.flatMap((content, row) => tried.map((style, column) => {
      const made = element("button", { type: "button", className: "art-try-cell", disabled: true });
      made.dataset.cell = `${row}-${column}`;
      made.setAttribute("aria-label", t`content ${decimal(content)}, style ${decimal(style)}`);
      made.append(element("span", { textContent: t`content ${decimal(content)}, style ${decimal(style)}` }));
      made.onclick = () => {
        fillControls({ "generation.source.content_weight": content, "generation.source.style_weight": style }, "art-style-use");
        grid.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", each === made));
        grid.querySelector(".art-tried").textContent = t`Taken: content ${decimal(content)}, style ${decimal(style)}. Press Stylize for the whole picture.`;
      };
      return made;
    }));
    const line = element("p", { className: "art-tried" });
    line.setAttribute("aria-live", "polite");
    grid.replaceChildren(element("h3", { className: "art-heading", textContent: t`Preview grid` }), line, element("div", { className: "art-try-grid" }, ...cells));
  }
  const ready = run ? run.done : 0, cells = [...grid.querySelectorAll("[data-cell]")];
  cells.slice(0, ready).filter((each) => each.disabled).forEach((each) => {
    each.prepend(element("img", { src: `/art/style-trials/${trial}/${each.dataset.cell}`, alt: "" }));
    each.disabled = false;
  });
  const line = grid.querySelector(".art-tried");
  if (grid.querySelector('[aria-pressed="true"]')) return;
  line.classList.toggle("art-problem", run?.state === "failed");
  line.textContent = !run || run.state === "done" ? t`Press a picture to take its weights.` : says(run);
});

// what is under way, as it looks by now, and below it what was made, laid over its content
const underWay = (run) => {
  const box = element("div", { className: "art-under-way" }, element("p", { className: "art-says", textContent: `${run.settings.algorithm}: ${says(run)}` }), bar(run));
  const seed = run.previews[0];
  // each state of the run has an address of its own, or the browser would show the first draft again
  if (seed !== undefined) box.append(element("img", { className: "art-draft", src: `/art/preview/${run.id}/${seed}?${run.stage_done}`, alt: t`what it looks like by now` }));
  return box;
};
const toEnhance = (result) => button(t`send to enhancement`, async () => {
  try {
    hold(await ask(file(result, "taken"), { method: "POST" }));
    openTab("enhance");
    look();
  } catch (error) { tell(t`Not sent: ${error.message}.`); }
});
view("stylized", async (results, runs) => {
  if (!results.children.length) results.replaceChildren(element("div"), element("div", { className: "art-duos" }));
  const ours = runs.filter((run) => run.settings.algorithm), open = ours.filter((run) => !ENDED.has(run.state)).reverse();
  const failed = ours[0] && ["failed", "partial"].includes(ours[0].state) ? [element("p", { className: "art-problem", textContent: says(ours[0]) })] : [];
  results.firstChild.replaceChildren(...open.map(underWay), ...failed);
  const seen = ours.map((run) => `${run.id}${run.done}${run.state}`).join();
  if (results.dataset.seen === seen) return;
  const { pictures } = await ask("/art/stylized");
  results.dataset.seen = seen;
  const pairs = results.lastChild, there = new Map([...pairs.children].map((each) => [each.dataset.key, each]));
  if (!pictures.length) {
    if (open.length) pairs.replaceChildren();
    else pairs.replaceChildren(element("p", { className: "art-empty", textContent: t`Nothing was stylized yet. Drop a content and a style, and press Stylize; the picture is seen here while it is made.` }));
    return;
  }
  pairs.replaceChildren(...pictures.map((each) => {
    const [result] = each.results, key = `${result.run}/${result.name}`;
    return there.get(key) || comparison(each, key, toEnhance(result));
  }));
});
