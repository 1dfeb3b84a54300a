// What runs have made of pictures that were handed in: what is under way, and below it two pictures laid on each other.
import { ENDED, ask, bar, element, file, says, view } from "./art.js";
import { t } from "./words.js";

// Let the place of that name show runs whose source is `source`, and what the server has of them at `address`.
// `title(run)` says what a run is, `empty` what to do where nothing was made yet, `drafts` whether a picture is seen while it is made, and
// `hang(picture, key)` returns the comparison of one.
export const madeView = (name, { source, address, title, empty, drafts = false, hang }) => view(name, async (place, runs) => {
  if (!place.children.length) place.replaceChildren(element("div"), element("div", { className: "art-duos" }));
  const ours = runs.filter((run) => run.source === source), open = ours.filter((run) => !ENDED.has(run.state)).reverse();
  const failed = ours[0] && ["failed", "partial"].includes(ours[0].state) ? [element("p", { className: "art-problem", textContent: says(ours[0]) })] : [];
  place.firstChild.replaceChildren(...open.map((run) => underWay(run, title(run), drafts)), ...failed);
  const seen = ours.map((run) => `${run.id}${run.done}${run.state}`).join();
  if (place.dataset.seen === seen) return;
  const { pictures } = await ask(address);
  place.dataset.seen = seen;
  const pairs = place.lastChild, there = new Map([...pairs.children].map((each) => [each.dataset.key, each]));
  if (!pictures.length) {
    pairs.replaceChildren(...(open.length ? [] : [element("p", { className: "art-empty", textContent: empty })]));
    return;
  }
  // a comparison that has nothing new stays as it is, with what was chosen in it
  pairs.replaceChildren(...pictures.map((picture) => {
    const key = [picture.picture, ...picture.results.map((each) => `${each.run}/${each.name}`)].join();
    return there.get(key) || hang(picture, key);
  }));
});
const underWay = (run, title, drafts) => {
  const box = element("div", { className: "art-under-way" }, element("p", { className: "art-says", textContent: `${title}: ${says(run)}` }), bar(run));
  const seed = run.previews[0];
  // each state of the run has an address of its own, or the browser would show the first draft again
  if (drafts && seed !== undefined) box.append(element("img", { className: "art-draft", src: `/art/preview/${run.id}/${seed}?${run.stage_done}`, alt: t`what it looks like by now` }));
  return box;
};

const words = (result) =>
  `${result.by}, ${result.width} x ${result.height}${result.strength < 1 ? `, ${t`strength ${result.strength}`}` : ""}`;
const uploaded = (picture) => `/art/uploads/${picture.picture}`;

// Return what lays a result of a picture over another one, or over the picture itself; below it are `more` buttons. The first result is
// at the right to begin with, and downloaded.
export const comparison = (picture, key, more = [], download = t`download the newest`) => {
  const shown = [
    ...picture.results.map((result) => ({ address: file(result), text: words(result) })),
    { address: uploaded(picture), text: t`the picture itself` },
  ];
  const newest = picture.results[0];
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
  const save = element("a", { className: "art-button", textContent: download, href: file(newest), download: newest.name });
  const made = element("section", { className: "art-duo" }, element("h3", { textContent: picture.name }),
    element("div", { className: "art-sides" }, left, right), stage, slider, problem, element("div", { className: "art-actions" }, save, ...more));
  made.dataset.key = key;
  made.setAttribute("aria-label", picture.name);
  cut();
  return made;
};
// Return a row of pictures, each {address, text, of}: what it is, and of what, stand below it.
export const beside = (name, pictures) => element("div", { className: "art-beside" }, ...pictures.map(({ address, text, of }) => {
  const image = element("img", { src: address, alt: `${name}: ${text}, ${of}`, decoding: "async" });
  image.onerror = () => image.replaceWith(element("p", { className: "art-problem", textContent: t`${image.alt} cannot be shown by this browser` }));
  return element("figure", {}, image, element("figcaption", {}, element("strong", { textContent: text }), element("span", { textContent: of })));
}));
