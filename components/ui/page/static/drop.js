// Pictures that are dropped or chosen, and handed in.
import { ask, element } from "./art.js";
import { t } from "./words.js";

const MOST_BYTES = 50e6;
// Hand in a file; returns {picture, name}, its digest and what it is called.
export const handIn = async (chosen) => {
  if (chosen.size > MOST_BYTES) throw new Error(t`larger than 50 MB`);
  return ask(`/art/uploads?name=${encodeURIComponent(chosen.name)}`, { method: "POST", body: chosen });
};
// Return a place that calls `take(files)` with what is dropped or chosen.
export const zone = (id, label, take, { accept = "image/*,.tif,.tiff", className = "art-drop" } = {}) => {
  const input = element("input", { type: "file", multiple: true, id, accept });
  input.onchange = () => { take([...input.files]); input.value = ""; };
  const made = element("label", { className, htmlFor: id }, element("span", { textContent: label }), input);
  const over = (is) => (event) => { event.preventDefault(); made.classList.toggle("art-over", is); };
  made.ondragover = over(true);
  made.ondragleave = over(false);
  made.ondrop = (event) => { over(false)(event); take([...event.dataTransfer.files]); };
  return made;
};
