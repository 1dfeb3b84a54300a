// The newest run of pictures, live.
import { ENDED, actions, ask, bar, element, parameters, says, view } from "./art.js";
import { tiles } from "./pictures.js";
import { filmOf, filmView, isFilm, placeOf } from "./walk.js";
import { t } from "./words.js";

view("live", async (place, runs) => {
  const run = runs.find((each) => each.kind === "pipeline");
  if (!run) {
    place.replaceChildren(element("p", { className: "art-empty", textContent: t`Nothing was made yet. Press Generate: the first picture takes a few seconds.` }));
    return;
  }
  let head = place.querySelector(".art-head"), grid = place.querySelector(".art-grid");
  if (!head || place.dataset.run !== run.id) {
    head = element("div", { className: "art-head" });
    grid = element("div", { className: "art-grid art-grid-large" });
    place.replaceChildren(head, element("div", { className: "art-screen" }), grid);
    place.dataset.run = run.id;
  }
  const line = element("p", { className: "art-says", textContent: says(run) });
  line.setAttribute("aria-live", "polite");
  head.replaceChildren(line, ...(ENDED.has(run.state) ? [] : [bar(run)]), parameters(run), actions(run));
  const seen = `${run.id} ${run.done} ${run.state} ${run.previews}`;
  if (place.dataset.seen !== seen) {
    const stored = (await ask(`/art/pictures?run=${encodeURIComponent(run.id)}&limit=200`)).pictures.filter((each) => !isFilm(each));
    tiles(grid, stored, "file", { previews: run.previews.map((seed) => ({ run: run.id, seed, shown: placeOf(run, seed) })) });
    if (run.settings.film && ENDED.has(run.state)) {
      const film = await filmOf(run.id);
      place.querySelector(".art-screen").replaceChildren(...(film ? [filmView(film)] : []));
    }
    place.dataset.seen = seen;
  }
});
