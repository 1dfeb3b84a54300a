// Style transfer: contents, styles and masks that are handed in; weights that are tried; what is under way; what was made.
import { element, says, view } from "./art.js";
import { toEnhance } from "./enhance.js";
import { heldPictures, holdStored, plainButton } from "./held.js";
import { comparison, madeView } from "./made.js";
import { paint, whereNoOther } from "./mask.js";
import { fillControls, tell } from "./use.js";
import { decimal, t } from "./words.js";

// a style has a weight, too, and perhaps a mask: {picture, canvas}
const contents = heldPictures({
  removed: () => {
    for (const style of styles.able()) style.mask = null; // they were as large as it
    styles.show();
  },
});
const styles = heldPictures({ own: (each) => [weightOf(each), maskOf(each)] });
const groups = { contents, styles };

// What the buttons hand to the server. Where some styles have masks, one without goes where no other does.
window.artStyle = async () => {
  const given = await contents.whole(), able = await styles.whole(), painted = able.filter((each) => each.mask);
  const rest = painted.length && painted.length < able.length ? (await whereNoOther(painted.map((each) => each.mask.canvas))).picture : undefined;
  return JSON.stringify({
    contents: given.map(({ picture, name }) => ({ picture, name })),
    styles: able.map(({ picture, name, weight, mask }) => ({ picture, name, weight, mask: mask ? mask.picture : rest })),
  });
};

// Take in a stored picture, as content or as style.
export const takeStored = (picture, group) =>
  holdStored(groups[group], picture, "style", group === "styles" ? t`The picture is a style now.` : t`The picture is a content now.`);
const weightOf = (each) => {
  each.weight ??= 1;
  const input = element("input", { type: "number", min: 0, step: 0.1, value: each.weight, className: "art-field art-weight", title: t`how much it counts beside the other styles` });
  input.setAttribute("aria-label", t`weight of ${each.name}`);
  input.onchange = () => { each.weight = Math.max(0, Number(input.value) || 0); };
  return input;
};
const maskOf = (each) => {
  const made = plainButton(each.mask ? t`mask ✓` : t`mask`, async () => {
    const [content] = contents.able();
    if (!content) { tell(t`Drop a content first: a mask is painted over it.`); return; }
    try {
      const mask = await paint(content, each.name, each.mask?.canvas);
      if (mask !== undefined) each.mask = mask;
      styles.show();
    } catch (error) { tell(error.message); }
  }, each.mask ? t`change where ${each.name} goes` : t`paint where ${each.name} goes`);
  return made;
};
view("style-drop", (drops) => {
  if (drops.children.length) return;
  const part = (group, id, label) => element("div", {}, ...group.place(id, label, { className: "art-drop art-drop-small" }));
  drops.replaceChildren(part(contents, "art-contents", t`Content: drop a picture here, or choose it`),
    part(styles, "art-styles", t`Style: drop one or several pictures, or choose them`));
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

// what was made lies over its content
madeView("stylized", {
  source: "stylize",
  address: "/art/stylized",
  title: (run) => run.settings.algorithm,
  empty: t`Nothing was stylized yet. Drop a content and a style, and press Stylize; the picture is seen here while it is made.`,
  drafts: true,
  hang: (picture, key) => comparison(picture, key, [toEnhance(picture.results[0])]),
});
