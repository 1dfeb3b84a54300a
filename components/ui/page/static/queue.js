// Every run, with what can be done about it.
import { actions, ask, bar, element, file, parameters, says, view } from "./art.js";
import { open } from "./pictures.js";
import { calledOf } from "./walk.js";
import { language, t, word } from "./words.js";

const KINDS = { pipeline: t`Pictures`, train: t`Training`, enhance: t`Enlarging`, evaluate: t`Evaluation` };
const STRIP = 8;
const strips = new Map(); // what hangs of each run: asked for once, and again while there is more to hang

const tile = (picture, among) => {
  const image = element("img", { src: file(picture, "thumb"), alt: calledOf(picture), loading: "lazy", decoding: "async" });
  const made = element("button", { className: "art-tile", type: "button", title: calledOf(picture), onclick: () => open(picture, among) }, image);
  image.onerror = () => made.remove(); // deleted meanwhile
  return made;
};
const strip = (run) => {
  if (run.kind !== "pipeline" || !run.done) return null;
  const held = strips.get(run.id) || { made: element("div", { className: "art-strip" }), seen: 0 };
  const wanted = Math.min(run.done, STRIP);
  if (held.seen !== wanted) {
    held.seen = wanted;
    strips.set(run.id, held);
    ask(`/art/pictures?run=${encodeURIComponent(run.id)}&limit=${STRIP}`)
      .then(({ pictures }) => held.made.replaceChildren(...pictures.map((each) => tile(each, pictures))))
      .catch(() => strips.delete(run.id));
  }
  return held.made;
};
const begun = (run) => {
  const when = new Date(run.created);
  return element("time", { dateTime: run.created, textContent: when.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" }) });
};

view("queue", (place, runs) => {
  if (!runs.length) {
    place.replaceChildren(element("p", { className: "art-empty", textContent: t`No run yet. What is generated, enlarged or trained stands here.` }));
    return;
  }
  const focused = document.activeElement && place.contains(document.activeElement) ? document.activeElement : null;
  const rows = runs.map((run) =>
    element("li", { className: `art-run art-${run.state}` },
      element("div", { className: "art-run-head" }, element("strong", { textContent: KINDS[run.kind] || word(run.kind) }), begun(run), element("code", { textContent: run.id })),
      element("p", { textContent: says(run) }), run.state === "running" ? bar(run) : null, strip(run), parameters(run), actions(run)));
  const label = focused?.getAttribute("aria-label");
  place.replaceChildren(element("ul", { className: "art-runs" }, ...rows));
  if (label) place.querySelector(`[aria-label="${CSS.escape(label)}"]`)?.focus();
  else if (focused?.isConnected) focused.focus(); // a picture, which stays the same element
});
