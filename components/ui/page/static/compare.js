// Two pictures, one over the other, with a slider between them.
import { element, file } from "./art.js";
import { t } from "./words.js";

const chooser = (label, sizes, chosen, change) => {
  const select = element("select", { className: "art-field", onchange: change },
    ...sizes.map((size, place) => element("option", { value: place, textContent: `${size.width} × ${size.height}`, selected: place === chosen })));
  select.setAttribute("aria-label", label);
  return select;
};

// Return an element that compares any two of the sizes, smallest first: at first the smallest with the largest.
export const compare = (sizes) => {
  const large = sizes[sizes.length - 1];
  const before = element("img", { draggable: false }), after = element("img", { draggable: false });
  const line = element("div", { className: "art-compare-line" });
  const frame = element("div", { className: "art-compare-frame" }, after, before, line);
  frame.style.aspectRatio = `${large.width} / ${large.height}`;
  const range = element("input", { type: "range", min: 0, max: 100, value: 50, className: "art-compare-range" });
  range.setAttribute("aria-label", t`from before to after`);
  const part = () => {
    before.style.clipPath = `inset(0 ${100 - range.value}% 0 0)`;
    line.style.left = `${range.value}%`;
  };
  range.oninput = part;
  const move = (event) => {
    const box = frame.getBoundingClientRect();
    range.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    part();
  };
  frame.onpointerdown = (event) => { frame.setPointerCapture(event.pointerId); move(event); };
  frame.onpointermove = (event) => { if (frame.hasPointerCapture(event.pointerId)) move(event); };
  const show = () => {
    for (const [image, select] of [[before, left], [after, right]]) {
      const size = sizes[select.value];
      image.src = file(size);
      image.alt = t`seed ${size.seed} at ${size.width} × ${size.height}`;
    }
  };
  const left = chooser(t`before`, sizes, 0, show), right = chooser(t`after`, sizes, sizes.length - 1, show);
  show();
  part();
  return element("div", { className: "art-compare" }, frame, element("div", { className: "art-compare-controls" }, left, range, right));
};
