// Collections of one's own to learn from: archives that are handed in, with their progress, and removed again.
import { ask, element, view } from "./art.js";
import { decimal, language, t } from "./words.js";

let sending = null; // what shows the one that is on its way
let changing = false; // by this page: what others do is looked for again when it is done

const size = (bytes) => (bytes < 1e9 ? t`${decimal(Math.max(0.1, bytes / 1e6))} MB` : t`${decimal(bytes / 1e9)} GB`);
// the list of pictures to learn from is Gradio's: it is made anew, with this one chosen
const choose = (name) => {
  const text = document.querySelector("#art-source textarea, #art-source input");
  text.value = name;
  text.dispatchEvent(new Event("input", { bubbles: true }));
  document.getElementById("art-source-press").click();
};
// fetch says nothing of how far an upload is
const send = (chosen, progress) => {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    request.onload = () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* an answer without words */ }
      if (request.status === 200) resolve(body);
      else reject(new Error(body.detail || request.statusText));
    };
    request.onerror = () => reject(new Error(t`the connection was lost; try it once more`));
    request.onabort = () => resolve(null);
  });
  request.open("POST", `/art/archives?name=${encodeURIComponent(chosen.name)}`);
  request.setRequestHeader("Accept-Language", language);
  request.send(chosen);
  return { request, done };
};
const take = async (place, chosen) => {
  const way = place.querySelector(".art-way");
  if (!chosen || sending) return;
  sending = element("div", { className: "art-sent" });
  way.replaceChildren(sending);
  const shown = onItsWay(sending, chosen.name);
  try {
    await ask(`/art/archives/room?size=${chosen.size}`); // before anything is sent
    const { request, done } = send(chosen, shown.progress);
    shown.stop.onclick = () => request.abort();
    const row = await done;
    way.replaceChildren();
    if (row) {
      await refresh(place);
      choose(row.name);
    }
  } catch (error) {
    way.replaceChildren(element("p", { className: "art-problem", textContent: `${chosen.name}: ${error.message}` }));
  }
  sending = null;
};
// Show which ones there are; say whether Gradio's list may have others: it is as old as the page.
const refresh = async (place) => {
  const { archives } = await ask("/art/archives");
  const now = JSON.stringify(archives), before = place.dataset.held;
  if (now === before) return false;
  place.dataset.held = now;
  place.querySelector(".art-held").replaceChildren(...archives.map((row) => listed(place, row)));
  return before !== undefined || archives.length > 0;
};
const remove = async (place, row, button, line) => {
  button.disabled = changing = true;
  try {
    await ask(`/art/archives/${row.digest}`, { method: "DELETE" });
    await refresh(place);
    choose("");
  } catch (error) {
    button.disabled = false;
    line.textContent = error.message;
  }
  changing = false;
};

// what is shown stays the same element while it goes on, so that a press on cancel is one
const onItsWay = (place, name) => {
  const filled = element("div", { className: "art-bar-filled" });
  const whole = element("div", { className: "art-bar" }, filled);
  whole.setAttribute("role", "progressbar");
  whole.setAttribute("aria-label", t`upload of ${name}`);
  const stop = element("button", { className: "art-button", type: "button", textContent: t`cancel` });
  stop.setAttribute("aria-label", t`cancel the upload of ${name}`);
  const says = element("span", { className: "art-count" });
  const progress = (share) => {
    const percent = Math.round(100 * share);
    filled.style.width = `${percent}%`;
    whole.setAttribute("aria-valuenow", percent);
    says.textContent = percent < 100 ? `${percent} %` : t`being kept`;
  };
  progress(0);
  place.replaceChildren(element("div", { className: "art-held-row" }, element("span", { className: "art-held-name", textContent: name }), says, stop), whole);
  return { stop, progress };
};
const listed = (place, row) => {
  const line = element("span", { className: "art-problem" });
  line.setAttribute("role", "status");
  const away = element("button", { className: "art-button", type: "button", textContent: t`remove` });
  away.setAttribute("aria-label", t`remove ${row.name}`);
  away.onclick = () => remove(place, row, away, line);
  return element("li", {}, element("span", { className: "art-held-name", textContent: row.name, title: row.name }),
    element("span", { className: "art-count", textContent: size(row.size) }), away, line);
};
view("collections", async (place) => {
  if (place.children.length) {
    if (!sending && !changing && (await refresh(place)) && !sending && !changing) choose("");
    return;
  }
  const input = element("input", { type: "file", id: "art-archive", accept: ".zip,.tar,.gz,.tgz,.bz2,.tbz2,.xz,.txz" });
  input.onchange = () => { take(place, input.files[0]); input.value = ""; };
  const zone = element("label", { className: "art-drop art-drop-small", htmlFor: "art-archive" },
    element("span", { textContent: t`Drop a ZIP or TAR of pictures here, or choose one` }), input);
  const over = (is) => (event) => { event.preventDefault(); zone.classList.toggle("art-over", is); };
  zone.ondragover = over(true);
  zone.ondragleave = over(false);
  zone.ondrop = (event) => { over(false)(event); take(place, event.dataTransfer.files[0]); };
  place.replaceChildren(zone, element("div", { className: "art-way" }), element("ul", { className: "art-held" }));
  if (await refresh(place)) choose("");
});
