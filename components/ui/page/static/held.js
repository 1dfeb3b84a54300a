// Pictures that a tab holds: dropped or chosen, handed in, and listed, so that each can be taken away.
import { ask, element, file, look } from "./art.js";
import { handIn, zone } from "./drop.js";
import { openTab, tell } from "./use.js";
import { t } from "./words.js";

export const plainButton = (textContent, onclick, label) => {
  const made = element("button", { className: "art-button", type: "button", textContent, onclick });
  if (label) made.setAttribute("aria-label", label);
  return made;
};
// Return a list of pictures: `place(id, label, …)` makes what takes them and shows them, `hold(kept)` takes one that the store keeps,
// `able()` returns those that are handed in, each {picture, name, url, …}, `whole()` the same when none is on its way any more, and
// `show()` lists them anew.
// `own(each)` returns further controls of a picture that is handed in, and `removed()` hears when one is taken away.
export const heldPictures = ({ own = () => [], removed = () => {} } = {}) => {
  let held = [], way = Promise.resolve(); // that ends when the last picture is handed in, or cannot be
  const list = element("ul", { className: "art-held" });
  const away = (each) => {
    if (each.chosen) URL.revokeObjectURL(each.url);
    held = held.filter((other) => other !== each);
    show();
    removed();
  };
  const row = (each) => {
    const image = element("img", { src: each.url, alt: "", decoding: "async" });
    image.onerror = () => image.classList.add("art-unseen"); // a TIFF, say: browsers do not show it
    const state = each.state ? element("span", { className: each.picture ? "" : "art-problem", textContent: each.state }) : null;
    return element("li", {}, image, element("span", { className: "art-held-name", textContent: each.name, title: each.name }), state,
      ...(each.picture ? own(each) : []), plainButton("×", () => away(each), t`remove ${each.name}`));
  };
  const show = () => list.replaceChildren(...held.map(row));
  const hold = (kept) => {
    if (!held.some((each) => each.picture === kept.picture)) held.push({ url: `/art/uploads/${kept.picture}`, ...kept, state: "" });
    show();
  };
  const take = (files) => { way = Promise.all([way, bring(files)]); };
  const bring = async (files) => {
    const fresh = files.map((chosen) => ({ chosen, name: chosen.name, state: t`on its way`, url: URL.createObjectURL(chosen) }));
    held.push(...fresh);
    show();
    for (const each of fresh) {
      try {
        const kept = await handIn(each.chosen);
        if (held.some((other) => other.picture === kept.picture)) held = held.filter((other) => other !== each);
        Object.assign(each, kept, { state: "" });
      } catch (error) { each.state = error.message; }
      show();
    }
    look(); // what can be done with them shows at once
  };
  const able = () => held.filter((each) => each.picture);
  const whole = async () => { await way; return able(); };
  return { able, whole, hold, show, place: (id, label, options) => [zone(id, label, take, options), list] };
};
// Hold a picture of the store, too, and open the tab that does; `said` is told then.
export const holdStored = async (group, picture, tab, said) => {
  try {
    group.hold(await ask(file(picture, "taken"), { method: "POST" }));
    openTab(tab);
    if (said) tell(said);
    look(); // what can be done with it shows at once
  } catch (error) { tell(t`Not taken: ${error.message}.`); }
};
// What a button hands to the server: digests and names.
export const named = (pictures) => JSON.stringify(pictures.map(({ picture, name }) => ({ picture, name })));
