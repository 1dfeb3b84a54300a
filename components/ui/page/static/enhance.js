// Pictures of one's own: dropped, handed in, enlarged, compared.
import { ENDED, ask, bar, element, file, look, says, view } from "./art.js";
import { handIn, zone } from "./drop.js";
import { t, word } from "./words.js";

let held = []; // {key, name, state, picture, url}
// what the button hands to the server: digests and names
window.artPictures = () => JSON.stringify(held.filter((each) => each.picture).map(({ picture, name }) => ({ picture, name })));

const take = async (place, files) => {
  const fresh = [...files].map((chosen) => ({ chosen, name: chosen.name, state: t`on its way`, url: URL.createObjectURL(chosen) }));
  held.push(...fresh);
  list(place);
  for (const each of fresh) {
    try {
      const kept = await handIn(each.chosen);
      if (held.some((other) => other.picture === kept.picture)) held = held.filter((other) => other !== each);
      Object.assign(each, kept, { state: "" });
    } catch (error) {
      each.state = error.message;
    }
    list(place);
  }
  look(); // what can be done with them shows at once
};
const list = (place) => {
  const rows = held.map((each) => {
    const image = element("img", { src: each.url, alt: "", decoding: "async" });
    image.onerror = () => image.classList.add("art-unseen"); // a TIFF, say: browsers do not show it
    const away = element("button", { className: "art-button", textContent: t`remove`, type: "button" });
    away.setAttribute("aria-label", t`remove ${each.name}`);
    away.onclick = () => {
      URL.revokeObjectURL(each.url);
      held = held.filter((other) => other !== each);
      list(place);
    };
    const state = each.state ? element("span", { className: each.picture ? "" : "art-problem", textContent: each.state }) : null;
    return element("li", {}, image, element("span", { className: "art-held-name", textContent: each.name }), state, away);
  });
  place.querySelector(".art-held").replaceChildren(...rows);
};

// Take in a picture that the store keeps already: {picture, name}.
export const hold = (kept) => {
  if (!held.some((each) => each.picture === kept.picture)) held.push({ ...kept, state: "", url: `/art/uploads/${kept.picture}` });
  const place = document.querySelector('[data-view="enhance-drop"]');
  if (place?.children.length) list(place);
};

view("enhance-drop", (place) => {
  if (place.children.length) return;
  place.replaceChildren(zone("art-files", t`Drop pictures here, or choose them`, (files) => take(place, files)), element("ul", { className: "art-held" }));
  list(place);
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
  const able = held.find((each) => each.picture);
  if (!place.children.length) {
    const choice = element("select", { className: "art-choice" }, ...["quick", "faithful", "best"].map((name) => element("option", { value: name, textContent: word(name) })));
    choice.setAttribute("aria-label", t`what enlarges the part`);
    const start = element("button", { className: "art-button art-try", type: "button", textContent: t`Try on a part` });
    const line = element("p", { className: "art-tried" });
    line.setAttribute("aria-live", "polite");
    const box = element("div", { className: "art-try" }, element("div", { className: "art-sides" }, choice, start), line);
    start.onclick = async () => {
      const first = held.find((each) => each.picture);
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

// what is under way, and below it two results of one picture on each other
view("enhanced", async (place, runs) => {
  if (!place.children.length) {
    place.replaceChildren(element("div", { className: "art-head" }), element("div", { className: "art-duos" }));
  }
  const open = runs.filter((run) => run.kind === "pipeline" && !ENDED.has(run.state)).reverse();
  place.firstChild.replaceChildren(...open.flatMap((run) => [
    element("p", { className: "art-says", textContent: `${run.settings.network || t`run`}: ${says(run)}` }), bar(run),
  ]));
  const seen = runs.map((run) => `${run.id}${run.done}${run.state}`).join();
  if (place.dataset.seen === seen) return;
  const { pictures } = await ask("/art/enhanced");
  place.dataset.seen = seen;
  const pairs = place.lastChild, there = new Map([...pairs.children].map((each) => [each.dataset.key, each]));
  if (!pictures.length) {
    pairs.replaceChildren(element("p", { className: "art-empty", textContent: t`Nothing was enlarged yet. Drop a picture, and press Enhance.` }));
    return;
  }
  // a comparison that has nothing new stays as it is, with what was chosen in it
  pairs.replaceChildren(...pictures.map((picture) => {
    const key = `${picture.picture} ${picture.results.length}`;
    return there.get(key) || comparison(picture, key);
  }));
});

const words = (result) =>
  `${result.by}, ${result.width} x ${result.height}${result.strength < 1 ? `, ${t`strength ${result.strength}`}` : ""}`;

export const comparison = (picture, key, ...more) => {
  const shown = [
    ...picture.results.map((result) => ({ address: file(result), text: words(result), result })),
    { address: `/art/uploads/${picture.picture}`, text: t`the picture itself` },
  ];
  const newest = shown[0].result;
  const under = element("img", { decoding: "async" }), over = element("img", { decoding: "async", className: "art-over-image" });
  const stage = element("div", { className: "art-stage" }, under, over, element("div", { className: "art-edge" }));
  stage.style.aspectRatio = `${newest.width} / ${newest.height}`;
  const slider = element("input", { type: "range", min: 0, max: 100, value: 50, className: "art-slider" });
  slider.setAttribute("aria-label", t`how much of ${picture.name} is the left one`);
  const cut = () => {
    stage.style.setProperty("--cut", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", t`${slider.value} % of the left one`);
  };
  slider.oninput = cut;
  const problem = element("p", { className: "art-problem" });
  problem.setAttribute("aria-live", "polite");
  const side = (image, label, start) => {
    const choice = element("select", { className: "art-choice" }, ...shown.map((each, at) => element("option", { value: at, textContent: each.text })));
    choice.setAttribute("aria-label", label);
    const put = () => {
      const chosen = shown[choice.value];
      problem.textContent = "";
      image.alt = `${picture.name}: ${chosen.text}`;
      image.src = chosen.address;
    };
    image.onerror = () => { problem.textContent = t`${image.alt} cannot be shown by this browser`; };
    choice.value = start;
    choice.onchange = put;
    put();
    return choice;
  };
  const left = side(over, t`left of ${picture.name}`, shown.length - 1), right = side(under, t`right of ${picture.name}`, 0);
  const save = element("a", { className: "art-button", textContent: t`download the newest`, href: file(newest), download: newest.name });
  const made = element("section", { className: "art-duo" }, element("h3", { textContent: picture.name }),
    element("div", { className: "art-sides" }, left, right), stage, slider, problem, element("div", { className: "art-actions" }, save, ...more));
  made.dataset.key = key;
  made.setAttribute("aria-label", picture.name);
  cut();
  return made;
};
