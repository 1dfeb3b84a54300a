// Pictures: tiles in a grid, and one of them large, with what it says of itself.
import { ask, element, file } from "./art.js";
import { compare } from "./compare.js";
import { takeStored } from "./style.js";
import { translateStored } from "./translate.js";
import { tell, useSettings, variations } from "./use.js";
import { calledOf, filmOf, filmView, isFilm, seedOf, walkForm } from "./walk.js";
import { n, t, word } from "./words.js";

const MOST_STARS = 5;
const keyOf = (picture) => `${picture.run}/${picture.name}`;
const previewKey = (picture) => `${picture.run} ${picture.seed}`; // no stored picture has a name like that
export const post = (address, body) =>
  ask(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
// what has changed in pictures: views that hang some hear of it
export const changed = () => document.dispatchEvent(new CustomEvent("art-pictures"));
const stars = (count) => "★".repeat(count);

// an <img> that is there already stays: the browser must not load and flash it anew every second
// `previews` are what is generated and not stored yet: they hang among the pictures, in order of seed
export const tiles = (grid, pictures, kind, { pick, previews = [] } = {}) => {
  const there = new Map([...grid.children].map((cell) => [cell.dataset.key, cell]));
  const hung = pictures.map((picture) => {
    const found = there.get(keyOf(picture)) || exchanged(there.get(previewKey(picture)), cell(picture, kind, pick, grid));
    found.querySelector(".art-stars").textContent = stars(picture.stars);
    return [picture.seed, found];
  });
  const stored = new Set(pictures.map((picture) => picture.seed));
  const pending = previews.filter((each) => !stored.has(each.seed)).map((each) => [each.seed, there.get(previewKey(each)) || previewCell(each)]);
  const wanted = (pending.length ? [...hung, ...pending].sort(([one], [other]) => one - other) : hung).map(([, each]) => each);
  grid.pictures = pictures;
  wanted.forEach((each, place) => { if (grid.children[place] !== each) grid.insertBefore(each, grid.children[place] || null); });
  while (grid.children.length > wanted.length) grid.lastChild.remove();
};
const previewCell = (preview) => {
  const words = t`seed ${preview.shown}, being enlarged`;
  const image = element("img", { src: `/art/preview/${encodeURIComponent(preview.run)}/${preview.seed}`, alt: words, decoding: "async" });
  image.onerror = () => image.remove(); // it was stored at this moment
  const made = element("div", { className: "art-cell art-pending", title: words }, element("div", { className: "art-tile" }, image), element("span", { className: "art-words", textContent: words }));
  made.dataset.key = previewKey(preview);
  return made;
};
// the preview stays in sight behind the picture until that is loaded
const exchanged = (preview, made) => {
  const small = preview && preview.querySelector("img");
  if (!small) return made;
  const whole = made.querySelector("img");
  Object.assign(small, { className: "art-before", alt: "" });
  whole.before(small);
  whole.onload = whole.onerror = () => small.remove();
  preview.replaceWith(made);
  return made;
};
const cell = (picture, kind, pick, grid) => {
  const moves = isFilm(picture), alt = moves ? calledOf(picture) : t`picture of seed ${seedOf(picture)}`;
  const image = element("img", { src: file(picture, kind), alt, loading: "lazy", decoding: "async" });
  const mark = moves ? element("span", { className: "art-moves", textContent: `▶ ${t`film`}`, ariaHidden: true }) : null;
  const tile = element("button", { className: "art-tile", type: "button", title: calledOf(picture) }, image, mark);
  tile.onclick = () => open(grid.pictures.find((each) => keyOf(each) === keyOf(picture)) || picture, grid.pictures);
  const made = element("div", { className: "art-cell" }, tile, element("span", { className: "art-stars" }));
  made.dataset.key = keyOf(picture);
  if (pick) {
    const box = element("input", { type: "checkbox", className: "art-pick", onchange: pick });
    box.setAttribute("aria-label", moves ? t`select the film of run ${picture.run}` : t`select the picture of seed ${seedOf(picture)}`);
    made.append(box);
  }
  return made;
};
// what a picture says of itself: the settings of the three stages, without those that are as usual
const story = (about, picture) => {
  const stages = Object.fromEntries((about.chain || []).map((record) => [record.stage, record]));
  const { generation = {}, enhancement = {}, conversion = {} } = stages;
  const network = (enhancement.settings || {}).enhancer || {};
  const runtime = enhancement.runtime || {};
  const rows = {
    seed: seedOf(picture),
    style: picture.style, // of the index: one that the seed drew does not stand in the file
    model: ((generation.digests || {}).model || "").slice(0, 12),
    network: network.weights || enhancement.component,
    strength: (enhancement.settings || {}).strength,
    precision: runtime.precision,
    tile: runtime.tile_px,
    threads: runtime.threads,
    licence: [...new Set([...Object.values(generation.licences || {}), ...Object.values(enhancement.licences || {})])].join(", "),
    format: (conversion.settings || {}).format,
    artgen: about.artgen,
  };
  const told = Object.entries(rows).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return [
    element("dl", { className: "art-parameters" },
      ...told.map(([name, value]) => element("div", {}, element("dt", { textContent: word(name) }), element("dd", { textContent: value })))),
    element("details", { className: "art-whole" },
      element("summary", { textContent: t`all that the file says` }),
      element("pre", { textContent: JSON.stringify(about, null, 1), tabIndex: 0 })),
  ];
};

// Move pictures into the trash, and offer to bring them back for as long as the message stands.
export const remove = async (chosen) => {
  try {
    const { moment, pictures } = await post("/art/delete", chosen);
    const undo = element("button", { className: "art-button", type: "button", textContent: t`undo` });
    undo.onclick = async () => {
      try {
        const back = await post("/art/restore", { moment });
        tell(n(back.pictures, "{0} picture is back.", "{0} pictures are back."));
      } catch (error) { tell(t`Not brought back: ${error.message}.`); }
      changed();
    };
    tell(n(pictures, "{0} picture is deleted.", "{0} pictures are deleted."), undo);
    undo.focus();
  } catch (error) { tell(t`Not deleted: ${error.message}.`); }
  changed();
};

const act = (label, onclick, properties = {}) => element("button", { className: "art-button", type: "button", textContent: label, onclick, ...properties });

export const open = (first, among = [first]) => {
  let picture = first;
  const dialog = element("dialog", { className: matchMedia("(max-width: 600px)").matches ? "art-dialog art-narrow" : "art-dialog" });
  dialog.setAttribute("aria-label", t`picture`);
  dialog.tabIndex = -1;
  const stage = element("div", { className: "art-stage" });
  const line = element("span");
  const rating = element("div", { className: "art-rating" });
  rating.setAttribute("role", "group");
  rating.setAttribute("aria-label", t`stars, also by the keys 0 to 5`);
  const note = element("input", { type: "text", className: "art-field art-note", maxLength: 2000, placeholder: t`note` });
  note.setAttribute("aria-label", t`note`);
  const told = element("div");
  const save = element("a", { className: "art-button", textContent: t`download` });
  const before = act("‹", () => step(-1), { ariaLabel: t`previous picture`, title: t`previous (←)` });
  const after = act("›", () => step(1), { ariaLabel: t`next picture`, title: t`next (→)` });
  const comparing = act(t`compare sizes`, () => { stage.dataset.comparing = stage.dataset.comparing ? "" : "yes"; hang(); }, { hidden: true });
  const walking = walkForm(() => picture, () => dialog.close());
  const walk = act(t`walk to…`, () => { walking.hidden = !walking.hidden; if (!walking.hidden) walking.elements.to.select(); }, { title: t`a film of what lies between this picture and that of another seed` });
  const filming = act(t`film`, () => stage.replaceChildren(filmView(film)), { hidden: true, title: t`the film of the run of this picture` });
  const translating = act(t`translate this`, () => { dialog.close(); translateStored(picture); }, { hidden: true });
  let sizes = [], film = null, translates = false;
  const offerTranslation = () => { translating.hidden = !translates || isFilm(picture); };

  const hang = () => {
    const two = sizes.length > 1 && stage.dataset.comparing;
    comparing.setAttribute("aria-pressed", Boolean(two));
    if (isFilm(picture)) stage.replaceChildren(filmView(picture));
    else stage.replaceChildren(two ? compare(sizes) : element("img", { src: file(picture), alt: t`picture of seed ${seedOf(picture)}` }));
  };
  const rate = async (values) => {
    const rated = picture;
    try {
      Object.assign(rated, await post(file(rated, "rate"), values));
      changed();
    } catch (error) { tell(t`Not noted: ${error.message}.`); }
    if (rated === picture) star();
  };
  const star = () => {
    const focused = rating.contains(document.activeElement) ? document.activeElement.dataset.stars : null;
    rating.replaceChildren(...Array.from({ length: MOST_STARS }, (_, place) => {
      const count = place + 1, lit = count <= picture.stars;
      const made = act(lit ? "★" : "☆", () => rate({ stars: count === picture.stars ? 0 : count }), { ariaLabel: n(count, "{0} star", "{0} stars"), className: "art-star" });
      made.setAttribute("aria-pressed", lit);
      made.dataset.stars = count;
      return made;
    }));
    if (focused) rating.querySelector(`[data-stars="${focused}"]`).focus();
  };
  const show = async () => {
    const shown = picture;
    const place = among.findIndex((each) => keyOf(each) === keyOf(picture));
    before.disabled = place <= 0;
    after.disabled = place < 0 || place >= among.length - 1;
    line.textContent = isFilm(picture) ? t`film, ${picture.width} × ${picture.height}, run ${picture.run}`
      : t`seed ${seedOf(picture)}, ${picture.width} × ${picture.height}, run ${picture.run}`;
    for (const each of ofOne) each.hidden = isFilm(picture);
    if (isFilm(picture)) walking.hidden = true;
    offerTranslation();
    note.value = picture.note || "";
    Object.assign(save, { href: file(picture), download: picture.name });
    sizes = [];
    comparing.hidden = filming.hidden = true;
    told.replaceChildren();
    star();
    hang();
    if (!dialog.contains(document.activeElement) || document.activeElement.disabled) dialog.focus(); // keys come where the focus is
    const [about, whole, made] = await Promise.allSettled([ask(file(picture, "about")), ask(file(picture, "picture")), filmOf(picture.run)]);
    if (shown !== picture) return;
    film = made.status === "fulfilled" ? made.value : null;
    filming.hidden = !film || isFilm(picture);
    if (about.status === "fulfilled") told.replaceChildren(...story(about.value, shown));
    else told.replaceChildren(element("p", { className: "art-empty", textContent: about.reason.message }));
    if (whole.status === "fulfilled") {
      sizes = whole.value.sizes;
      comparing.hidden = sizes.length < 2 || isFilm(picture);
      if (stage.dataset.comparing) hang();
    }
  };
  const step = (by) => {
    const next = among[among.findIndex((each) => keyOf(each) === keyOf(picture)) + by];
    if (!next) return;
    note.blur();
    picture = next;
    show();
  };
  const drop = () => {
    dialog.close(); // the message with undo stands on the page
    remove({ pictures: [[picture.run, picture.name]] });
  };
  note.onchange = () => rate({ note: note.value });
  dialog.onkeydown = (event) => {
    if (event.target.matches("input, textarea, select, pre") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (/^[0-5]$/.test(event.key)) rate({ stars: Number(event.key) });
    else if (event.key === "Delete") drop();
    else return;
    event.preventDefault();
  };
  // what is made of the seed of one picture, and the download that a film has beside it
  const ofOne = [
    act(t`variations`, () => { dialog.close(); variations(picture); }, { title: t`the pictures of the eight neighbouring seeds` }),
    act(t`use as content`, () => { dialog.close(); takeStored(picture, "contents"); }),
    act(t`use as style`, () => { dialog.close(); takeStored(picture, "styles"); }),
    walk, save,
  ];
  const [varying, asContent, asStyle] = ofOne;
  dialog.onclose = () => dialog.remove();
  dialog.append(
    element("div", { className: "art-flip" }, before, stage, after),
    element("div", { className: "art-actions" }, line, rating, note),
    element("div", { className: "art-actions" },
      act(t`use these settings`, () => { dialog.close(); useSettings(picture); }),
      varying, asContent, asStyle, translating, walk, filming, comparing, save, act(t`delete`, drop), act(t`close`, () => dialog.close())),
    walking, told);
  document.body.append(dialog);
  dialog.showModal();
  show();
  ask("/art/models").then(({ models }) => {
    translates = models.some((each) => each.takes === "domain-picture");
    offerTranslation();
  }, () => {}); // without an answer it is not offered
};
