// A walk from a picture to that of another seed, and the film of it.
import { ask, element, file, look } from "./art.js";
import { openTab, tell } from "./use.js";
import { t } from "./words.js";

const SEEDS = 1000000, PICTURES = 24, MOST = 100, GREATEST = 2 ** 53;
const still = matchMedia("(prefers-reduced-motion: reduce)");

// Return the seed of a picture; one on a walk lies between two, at a place: 7→1073 #3.
export const seedOf = (picture) => {
  const step = /^seed(\d+)to(\d+)-(\d+)_\d+x\d+\./.exec(picture.name);
  return step ? onTheWay(step[1], step[2], Number(step[3])) : picture.seed;
};
// Return what a picture or a film is called.
export const calledOf = (picture) => (isFilm(picture) ? t`film of run ${picture.run}` : t`seed ${seedOf(picture)}`);
export const isFilm = (picture) => picture.role === "film";
const onTheWay = (from, to, place) => `${from}→${to} #${place}`;
// The same of what a run generates and has not stored yet.
export const placeOf = (run, seed) => {
  const { seed: from, "walk to": to } = run.settings;
  return to === undefined ? seed : onTheWay(from, to, seed - from + 1);
};

const field = (label, properties) => {
  const input = element("input", { className: "art-field", type: "number", step: 1, required: true, ...properties });
  input.setAttribute("aria-label", label);
  return element("label", { className: "art-labelled" }, element("span", { textContent: label }), input);
};
// Return the form that asks where a walk ends, hidden; `close` is called when its run is queued.
export const walkForm = (picture, close) => {
  const draw = () => Math.floor(Math.random() * SEEDS);
  const to = field(t`walk to seed`, { name: "to", min: 0, max: GREATEST, value: draw() });
  const count = field(t`pictures`, { name: "count", min: 2, max: MOST, value: PICTURES });
  const dice = element("button", { className: "art-button", type: "button", textContent: "⚄", ariaLabel: t`draw another seed`, title: t`draw another seed` });
  const start = element("button", { className: "art-button", type: "submit", textContent: t`make the film` });
  const form = element("form", { className: "art-actions art-walk", hidden: true }, to, dice, count, start);
  form.setAttribute("aria-label", t`walk to another seed`);
  dice.onclick = () => { form.elements.to.value = draw(); };
  form.onsubmit = async (event) => {
    event.preventDefault();
    start.disabled = true;
    const wanted = { to: Number(form.elements.to.value), count: Number(form.elements.count.value) };
    try {
      const { run } = await ask(file(picture(), "walk"), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted) });
      close();
      openTab("generate");
      tell(t`The walk is queued as run ${run}.`);
      await look();
    } catch (error) { tell(t`No walk: ${error.message}.`); }
    start.disabled = false;
  };
  return form;
};

// Return a film with what can be done about it; whoever asks for less motion sees its first picture until play is pressed.
export const filmView = (film) => {
  const image = element("img", { alt: t`film of run ${film.run}`, width: film.width, height: film.height });
  const play = element("button", { className: "art-button", type: "button" });
  const show = (moves) => {
    image.src = file(film, moves ? "file" : "thumb");
    play.textContent = moves ? t`stop` : t`play`;
    play.onclick = () => show(!moves);
  };
  show(!still.matches);
  const save = element("a", { className: "art-button", textContent: t`download the film`, href: file(film), download: film.name });
  return element("div", { className: "art-film" }, image, element("div", { className: "art-actions" }, play, save));
};
// Return the film of a run, or null.
export const filmOf = async (run) => (await ask(`/art/film/${encodeURIComponent(run)}`)).film;
