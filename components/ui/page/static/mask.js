// Masks: where a style goes, painted over the content, or taken from a file; as large as the content.
import { element } from "./art.js";
import { handIn } from "./drop.js";
import { t } from "./words.js";

const loaded = async (url) => {
  const image = element("img", { src: url, alt: "" });
  await image.decode().catch(() => { throw new Error(t`this browser cannot show the content, so no mask can be painted over it`); });
  return image;
};
const blank = (width, height) => element("canvas", { width, height });
// What is painted is what is not clear.
const inBlackAndWhite = (canvas) => {
  const made = blank(canvas.width, canvas.height), context = made.getContext("2d");
  const painted = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height), { data } = painted;
  for (let at = 0; at < data.length; at += 4) {
    data[at] = data[at + 1] = data[at + 2] = data[at + 3];
    data[at + 3] = 255;
  }
  context.putImageData(painted, 0, 0);
  return made;
};
const keep = async (canvas) => {
  const content = await new Promise((done) => inBlackAndWhite(canvas).toBlob(done, "image/png"));
  return handIn(new File([content], "mask.png"));
};
// Hand in the mask of what none of `canvases` has painted.
export const whereNoOther = (canvases) => {
  const rest = blank(canvases[0].width, canvases[0].height), context = rest.getContext("2d");
  context.fillRect(0, 0, rest.width, rest.height);
  context.globalCompositeOperation = "destination-out";
  for (const each of canvases) context.drawImage(each, 0, 0);
  return keep(rest);
};
const PAINT = "#2563eb";
// Return a canvas with what is white in a picture file.
const ofFile = async (chosen, width, height) => {
  const image = await createImageBitmap(chosen).catch(() => { throw new Error(t`this browser cannot read ${chosen.name}`); });
  if (image.width !== width || image.height !== height) {
    throw new Error(t`wanted a mask as large as the content, ${width} × ${height}, got ${image.width} × ${image.height}`);
  }
  const canvas = blank(width, height), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, width, height), { data } = pixels;
  for (let at = 0; at < data.length; at += 4) {
    data[at + 3] = Math.round((data[at] + data[at + 1] + data[at + 2]) / 3 * data[at + 3] / 255);
    [data[at], data[at + 1], data[at + 2]] = [37, 99, 235];
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
};

// Let a mask be painted over a content picture. Resolves to {picture, canvas}; to null where it was taken away; to undefined
// where nothing shall change.
export const paint = async (content, name, before) => {
  const image = await loaded(content.url), width = image.naturalWidth, height = image.naturalHeight;
  const canvas = blank(width, height), context = canvas.getContext("2d");
  canvas.className = "art-mask";
  if (before && before.width === width && before.height === height) context.drawImage(before, 0, 0);
  const size = element("input", { type: "range", min: 1, max: 50, value: 12, className: "art-slider" });
  size.setAttribute("aria-label", t`size of the brush`);
  let erases = false, from = null;
  const problem = element("p", { className: "art-problem" });
  problem.setAttribute("role", "status");
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * width, (event.clientY - box.top) / box.height * height];
  };
  const stroke = (to) => {
    Object.assign(context, { lineCap: "round", lineJoin: "round", strokeStyle: PAINT, lineWidth: Math.max(width, height) * size.value / 100 });
    context.globalCompositeOperation = erases ? "destination-out" : "source-over";
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    context.globalCompositeOperation = "source-over";
    from = to;
  };
  canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); from = at(event); stroke(from); };
  canvas.onpointermove = (event) => { if (from) stroke(at(event)); };
  canvas.onpointerup = canvas.onpointercancel = () => { from = null; };
  const act = (textContent, onclick, className = "art-button") => element("button", { type: "button", className, textContent, onclick });
  const tools = [[t`paint`, false], [t`erase`, true]].map(([label, is]) => act(label, () => {
    erases = is;
    for (const [each, other] of [[tools[0], false], [tools[1], true]]) each.setAttribute("aria-pressed", other === erases);
  }));
  const clear = () => context.clearRect(0, 0, width, height);
  const input = element("input", { type: "file", accept: "image/*", className: "art-file" });
  input.setAttribute("aria-label", t`take a mask from a file`);
  input.onchange = async () => {
    try {
      const made = await ofFile(input.files[0], width, height);
      clear();
      context.drawImage(made, 0, 0);
      problem.textContent = "";
    } catch (error) { problem.textContent = error.message; }
    input.value = "";
  };
  const dialog = element("dialog", { className: "art-dialog" });
  dialog.setAttribute("aria-label", t`where ${name} goes`);
  return new Promise((done) => {
    let outcome;
    const close = (found) => { outcome = found; dialog.close(); };
    dialog.onclose = () => { dialog.remove(); done(outcome); };
    const save = act(t`done`, async () => {
      const { data } = context.getImageData(0, 0, width, height);
      if (!data.some((value, place) => place % 4 === 3 && value)) { problem.textContent = t`Nothing is painted yet.`; return; }
      save.disabled = true;
      try { close({ ...await keep(canvas), canvas }); }
      catch (error) { problem.textContent = error.message; save.disabled = false; }
    });
    const frame = element("div", { className: "art-mask-frame" }, image, canvas);
    frame.style.aspectRatio = `${width} / ${height}`;
    frame.style.maxWidth = `calc(60vh * ${width / height})`;
    dialog.append(element("p", { textContent: t`Paint where ${name} goes. A style without a mask goes where no other does.` }), frame,
      element("div", { className: "art-actions" }, ...tools, element("label", { className: "art-brush" }, element("span", { textContent: t`brush` }), size),
        act(t`clear`, clear), element("label", { className: "art-button art-of-file" }, element("span", { textContent: t`from a file` }), input)),
      problem, element("div", { className: "art-actions" }, save, act(t`without a mask`, () => close(null)), act(t`cancel`, () => close(undefined))));
    document.body.append(dialog);
    tools[0].click();
    dialog.showModal();
  });
};
