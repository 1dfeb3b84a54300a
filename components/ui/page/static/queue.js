// Every run, with what can be done about it.
import { actions, bar, element, says, view } from "./art.js";
import { t, word } from "./words.js";

view("queue", (place, runs) => {
  if (!runs.length) {
    place.replaceChildren(element("p", { className: "art-empty", textContent: t`No run yet. What is generated, enlarged or trained stands here.` }));
    return;
  }
  const rows = runs.map((run) =>
    element("li", { className: `art-run art-${run.state}` },
      element("div", { className: "art-run-head" }, element("strong", { textContent: word(run.kind) }), element("code", { textContent: run.id })),
      element("p", { textContent: says(run) }), run.state === "running" ? bar(run) : null, actions(run)));
  const focused = document.activeElement && place.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  place.replaceChildren(element("ul", { className: "art-runs" }, ...rows));
  if (focused) place.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
});
