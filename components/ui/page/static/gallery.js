// All pictures of the store, some at a time.
import { ask, element, view } from "./art.js";
import { tiles } from "./pictures.js";

const PAGE = 60;
let shown = PAGE, seen = "";

view("gallery", async (place, runs) => {
  const changed = runs.map((run) => `${run.id}${run.done}${run.state}`).join();
  if (place.children.length && changed === seen) return;
  seen = changed;
  if (!place.children.length) {
    const more = element("button", { className: "art-button art-more", textContent: "more", type: "button" });
    more.onclick = () => { shown += PAGE; hang(place); };
    place.replaceChildren(element("div", { className: "art-grid" }), element("p", { className: "art-empty" }), more);
  }
  await hang(place);
});

const hang = async (place) => {
  const found = [];
  let total = 0;
  for (let offset = 0; offset < shown; offset += 200) {
    const part = await ask(`/art/pictures?offset=${offset}&limit=${Math.min(200, shown - offset)}`);
    total = part.total;
    found.push(...part.pictures);
  }
  tiles(place.querySelector(".art-grid"), found, "thumb");
  place.querySelector(".art-empty").textContent = total ? `${found.length} of ${total} pictures` : "No picture yet. Generate one: it will hang here.";
  place.querySelector(".art-more").hidden = found.length >= total;
};
