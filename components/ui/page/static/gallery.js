// All pictures of the store, some at a time: filtered, chosen, sorted out.
import { ask, element, view } from "./art.js";
import { remove, tiles } from "./pictures.js";
import { openTab, useFile } from "./use.js";
import { n, t, whole } from "./words.js";

const PAGE = 60, AT_ONCE = 200, MOST_NAMED = 500;
const NAME = "#gallery";
let shown = PAGE, seen = "", hanging = 0, found = [];

// the filters are in the address, so that it can be kept, sent, and gone back to
const FIELDS = ["style", "model", "run", "seed", "from", "to", "stars"];
const filters = () => Object.fromEntries([...new URLSearchParams(location.hash.startsWith(NAME) ? location.hash.slice(NAME.length + 1) : "")]
  .filter(([name, value]) => FIELDS.includes(name) && value));
const remember = (chosen) => {
  const words = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value)).toString();
  history.replaceState(null, "", words ? `${NAME}?${words}` : location.pathname + location.search);
};
// as the server has them: days are those of whoever looks
const asked = () => {
  const { from, to, ...chosen } = filters();
  if (from) chosen.since = new Date(`${from}T00:00`).toISOString();
  if (to) {
    const day = new Date(`${to}T00:00`);
    day.setDate(day.getDate() + 1);
    chosen.until = day.toISOString();
  }
  return chosen;
};
const query = (more) => new URLSearchParams({ ...asked(), ...more }).toString();

const LABELS = { style: t`style`, model: t`model`, run: t`run`, seed: t`seed`, from: t`from`, to: t`to`, stars: t`stars, at least` };
const labelled = (label, field) => {
  field.setAttribute("aria-label", label); // or the words of its choices would be part of its name
  return element("label", { className: "art-labelled" }, element("span", { textContent: label }), field);
};
const choice = (name) => element("select", { className: "art-field", name });
const input = (name, type, more = {}) => element("input", { className: "art-field", name, type, ...more });
const offer = (select, options, value) => {
  const known = options.some(([each]) => each === value) || !value ? options : [...options, [value, value]];
  select.replaceChildren(...[["", t`any`], ...known].map(([each, text]) => element("option", { value: each, textContent: text })));
  select.value = value || "";
};

const build = (place) => {
  const fields = {
    style: choice("style"), model: choice("model"), run: choice("run"),
    seed: input("seed", "number", { min: 0, step: 1 }), from: input("from", "date"), to: input("to", "date"), stars: choice("stars"),
  };
  const clear = element("button", { className: "art-button art-clear", type: "button", textContent: t`clear` });
  clear.setAttribute("aria-label", t`clear the filters`);
  const form = element("form", { className: "art-filters" }, ...FIELDS.map((name) => labelled(LABELS[name], fields[name])), clear);
  form.setAttribute("aria-label", t`filters`);
  form.onsubmit = (event) => event.preventDefault();
  form.onchange = () => {
    remember(Object.fromEntries(FIELDS.map((name) => [name, fields[name].validity.valid ? fields[name].value : ""])));
    shown = PAGE;
    hang(place);
  };
  clear.onclick = () => { remember({}); shown = PAGE; hang(place); };
  const file = element("input", { type: "file", accept: "image/png,image/jpeg,image/webp,image/tiff", className: "art-file" });
  file.setAttribute("aria-label", t`settings of a picture file`);
  file.onchange = () => { if (file.files.length) useFile(file.files[0]); file.value = ""; };
  const button = (className, textContent, onclick) => element("button", { className: `art-button ${className}`, type: "button", textContent, onclick });
  const more = button("art-more", t`more`, () => { shown += PAGE; hang(place, found); });
  // where there is little room the pictures come first
  const fold = element("details", { className: "art-fold", open: matchMedia("(min-width: 700px)").matches || Object.keys(filters()).length > 0 },
    element("summary", { textContent: t`filters` }), form);
  place.replaceChildren(
    fold,
    element("div", { className: "art-actions art-tools" },
      element("span", { className: "art-count" }),
      element("a", { className: "art-button art-zip", textContent: t`download` }),
      button("art-delete", t`delete`, () => dropChosen(place)),
      button("art-unpick", t`select none`, () => { for (const box of boxes(place)) box.checked = false; tools(place); }),
      button("art-unstarred", t`delete all but the starred…`, () => dropUnstarred(place)),
      element("label", { className: "art-button art-of-file", textContent: t`settings of a file…` }, file)),
    element("div", { className: "art-grid" }),
    element("p", { className: "art-empty" }),
    more);
  addEventListener("hashchange", () => { shown = PAGE; hang(place); });
  document.addEventListener("art-pictures", () => hang(place));
};

const boxes = (place) => place.querySelectorAll(".art-pick:checked");
const chosen = (place) => [...boxes(place)].map((box) => box.closest(".art-cell").dataset.key);
const tools = (place) => {
  const picked = chosen(place), total = Number(place.dataset.total), hung = place.querySelector(".art-grid").children.length;
  const find = (name) => place.querySelector(`.art-${name}`);
  find("count").textContent = picked.length ? n(picked.length, "{0} selected", "{0} selected") : total ? n(total, "{1} of {0} picture", "{1} of {0} pictures", whole(hung)) : "";
  const named = new URLSearchParams(picked.slice(0, MOST_NAMED).map((each) => ["picture", each]));
  find("zip").href = `/art/zip?${picked.length ? named : query()}`;
  find("zip").textContent = picked.length ? t`download these` : t`download all`;
  find("zip").hidden = !total;
  find("delete").hidden = find("unpick").hidden = !picked.length;
  find("unstarred").hidden = picked.length > 0 || !total;
};
const dropChosen = (place) =>
  remove({ pictures: chosen(place).slice(0, MOST_NAMED).map((key) => [key.slice(0, key.indexOf("/")), key.slice(key.indexOf("/") + 1)]) });
const dropUnstarred = async (place) => {
  const { total } = await ask(`/art/pictures?${query({ unstarred: true, limit: 0 })}`);
  const all = Number(place.dataset.total);
  if (!total) return window.alert(t`Every picture here has a star: none would be deleted.`);
  const narrowed = Object.keys(filters()).length;
  const [gone, before, left] = [total, all, all - total].map(whole);
  if (window.confirm(narrowed ? t`Delete ${gone} of the ${before} pictures that the filters show? The ${left} with stars stay.`
    : t`Delete ${gone} of the ${before} pictures of the whole gallery? The ${left} with stars stay.`))
    await remove({ filter: { ...asked(), unstarred: true } });
};

// Hang the pictures of the filters, or those behind the ones in `held`.
const hang = async (place, held = []) => {
  found = held; // "more" pressed meanwhile must not add to what another filter found
  const turn = ++hanging, choices = ask("/art/choices"); // nobody waits for these to see pictures
  choices.catch(() => {});
  const now = [...held];
  let total;
  do {
    const part = await ask(`/art/pictures?${query({ offset: now.length, limit: Math.min(AT_ONCE, shown - now.length) })}`);
    total = part.total;
    now.push(...part.pictures);
    if (!part.pictures.length) break;
  } while (now.length < Math.min(shown, total));
  if (turn !== hanging) return; // another filter was chosen meanwhile
  found = now;
  tiles(place.querySelector(".art-grid"), found, "thumb", { pick: () => tools(place) });
  place.dataset.total = total;
  const narrowed = Object.keys(filters()).length > 0;
  place.querySelector(".art-fold").hidden = !total && !narrowed;
  place.querySelector(".art-clear").hidden = !narrowed;
  place.querySelector(".art-empty").textContent = total ? "" : narrowed
    ? t`No picture is like that. Choose less, or clear the filters.`
    : t`No picture yet. Press Generate in the first tab: it will hang here. Or drop a picture that artgen made onto this page, and its settings are filled in.`;
  place.querySelector(".art-more").hidden = shown >= total;
  tools(place);
  fill(place, await choices);
};
const fill = (place, choices) => {
  const form = place.querySelector("form").elements, held = filters();
  offer(form.style, choices.styles.map((each) => [each, each]), held.style);
  offer(form.model, choices.models.map((each) => [each.digest, each.name]), held.model);
  offer(form.run, choices.runs.map((each) => [each, each]), held.run);
  offer(form.stars, [1, 2, 3, 4, 5].map((each) => [String(each), "★".repeat(each)]), held.stars);
  for (const name of ["seed", "from", "to"]) if (document.activeElement !== form[name]) form[name].value = held[name] || "";
};

view("gallery", async (place, runs) => {
  const now = runs.map((run) => `${run.id}${run.done}${run.state}`).join();
  if (place.children.length && now === seen) return;
  if (!place.children.length) build(place);
  await hang(place);
  seen = now;
});

// an address with filters opens the tab, as soon as there are tabs
let tries = 0;
const arrive = () => {
  if (!location.hash.startsWith(NAME)) return;
  if (!openTab("gallery") && ++tries < 300) setTimeout(arrive, 100);
};
arrive();
