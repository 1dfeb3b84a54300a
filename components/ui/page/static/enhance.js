// Pictures of one's own: dropped, handed in, enlarged, compared.
import { ENDED, ask, element, view } from "./art.js";
import { handIn } from "./drop.js";
import { heldPictures, holdStored, named, plainButton } from "./held.js";
import { comparison, madeView } from "./made.js";
import { t, word } from "./words.js";

const held = heldPictures();
window.artPictures = async () => named(await held.whole());

// Return what hands a result to this tab.
export const toEnhance = (result) => plainButton(t`send to enhancement`, () => holdStored(held, result, "enhance"));
view("enhance-drop", (place) => {
  if (!place.children.length) place.replaceChildren(...held.place("art-files", t`Drop pictures here, or choose them`));
});

// A part of a picture, enlarged with and without a network: the strength is the share of the one laid over the other, which
// is what the enhancer itself does, and so it follows the control at once.
const PART = 128, LOOK_MS = 150, GIVE_UP_MS = 120_000;
const pause = (ms) => new Promise((after) => setTimeout(after, ms));
const partOf = async (held) => {
  const whole = await createImageBitmap(held.chosen || await (await fetch(held.url)).blob()).catch(() => { throw new Error(t`this browser cannot read ${held.name}, so no part of it can be tried`); });
  const width = Math.min(PART, whole.width), height = Math.min(PART, whole.height);
  const canvas = element("canvas", { width, height });
  canvas.getContext("2d").drawImage(whole, (whole.width - width) >> 1, (whole.height - height) >> 1, width, height, 0, 0, width, height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
};
const tried = async (enlarger, part) => {
  const { run } = await ask(`/art/trials/${enlarger}/${part}`, { method: "POST" });
  const ends = Date.now() + GIVE_UP_MS;
  while (Date.now() < ends) {
    const { state, message } = (await ask("/art/state")).runs.find((each) => each.id === run) || {};
    if (state === "done") return `/art/trials/${enlarger}/${part}?${run}`;
    if (ENDED.has(state)) throw new Error(message || t`the trial is ${word(state)}`);
    await pause(LOOK_MS);
  }
  throw new Error(t`another run is under way; the trial comes after it`);
};
const strength = (place) => {
  const control = document.querySelector("#art-strength input[type=range]");
  place.style.setProperty("--strength", control ? control.value : 1);
};
document.addEventListener("input", (event) => {
  if (event.target.closest("#art-strength")) document.querySelectorAll(".art-try").forEach(strength);
});
view("enhance-trial", (place) => {
  const [able] = held.able();
  if (!place.children.length) {
    const choice = element("select", { className: "art-choice" }, ...["quick", "faithful", "best"].map((name) => element("option", { value: name, textContent: word(name) })));
    choice.setAttribute("aria-label", t`what enlarges the part`);
    const start = element("button", { className: "art-button art-try", type: "button", textContent: t`Try on a part` });
    const line = element("p", { className: "art-tried" });
    line.setAttribute("aria-live", "polite");
    const box = element("div", { className: "art-try" }, element("div", { className: "art-sides" }, choice, start), line);
    start.onclick = async () => {
      const [first] = held.able();
      if (!first) return;
      start.disabled = true;
      line.className = "art-tried";
      line.textContent = t`the middle of ${first.name} is being enlarged …`;
      try {
        const part = (await handIn(new File([await partOf(first)], "part.png"))).picture;
        const addresses = await Promise.all([tried("plain", part), tried(choice.value, part)]);
        const images = addresses.map((src, at) => element("img", { src, alt: t`the middle of ${first.name}, ${word(at ? choice.value : "plain")}` }));
        await Promise.all(images.map((image) => image.decode()));
        box.querySelector(".art-stage")?.remove();
        box.append(element("div", { className: "art-stage" }, ...images));
        strength(box);
        line.textContent = t`The middle of ${first.name}, ${word(choice.value)}: change the strength, and see it here.`;
      } catch (error) {
        line.className = "art-tried art-problem";
        line.textContent = error.message;
      }
      start.disabled = false;
    };
    place.replaceChildren(box);
  }
  place.firstChild.hidden = !able && !place.querySelector(".art-stage");
});

madeView("enhanced", {
  source: "pictures",
  address: "/art/enhanced",
  title: (run) => run.settings.network || t`run`,
  empty: t`Nothing was enlarged yet. Drop a picture, and press Enhance.`,
  hang: (picture, key) => comparison(picture, key),
});
