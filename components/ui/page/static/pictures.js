// Pictures: tiles in a grid, and one of them large, with what it says of itself.
import { ask, element, file } from "./art.js";

// an <img> that is there already stays: the browser must not load and flash it anew every second
export const tiles = (grid, pictures, kind) => {
  const there = new Map([...grid.children].map((tile) => [tile.dataset.key, tile]));
  const wanted = pictures.map((picture) => {
    const key = `${picture.run}/${picture.name}`;
    return there.get(key) || tile(picture, key, kind);
  });
  grid.replaceChildren(...wanted);
};
const tile = (picture, key, kind) => {
  const image = element("img", { src: file(picture, kind), alt: `picture of seed ${picture.seed}`, loading: "lazy", decoding: "async" });
  const made = element("button", { className: "art-tile", type: "button", title: `seed ${picture.seed}` }, image);
  made.dataset.key = key;
  made.onclick = () => open(picture);
  return made;
};
// what a picture says of itself: the settings of the three stages, without those that are as usual
const story = (about) => {
  const stages = Object.fromEntries((about.chain || []).map((record) => [record.stage, record]));
  const { generation = {}, enhancement = {}, conversion = {} } = stages;
  const network = (enhancement.settings || {}).enhancer || {};
  const runtime = enhancement.runtime || {};
  const rows = {
    seed: about.seed,
    style: (generation.settings || {}).style,
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
  return element("dl", { className: "art-parameters" },
    ...told.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: value })]));
};
export const open = (picture) => {
  const dialog = element("dialog", { className: "art-dialog" });
  const close = element("button", { className: "art-button", textContent: "close", type: "button" });
  close.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  const save = element("a", { className: "art-button", textContent: "download", href: file(picture), download: picture.name });
  dialog.append(
    element("img", { src: file(picture), alt: `picture of seed ${picture.seed}` }),
    element("div", { className: "art-actions" }, element("span", { textContent: `seed ${picture.seed}, ${picture.width} × ${picture.height}, run ${picture.run}` }), save, close));
  document.body.append(dialog);
  dialog.showModal();
  ask(file(picture, "about")).then((about) => dialog.append(story(about)), () => {});
};

