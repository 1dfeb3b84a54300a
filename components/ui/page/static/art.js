// What every view of the page uses: elements, requests, runs, and the loop that asks for their state.
import { decimal, language, t, whole, word } from "./words.js";

export const ENDED = new Set(["done", "partial", "failed", "cancelled"]);
const BUSY_MS = 1000, IDLE_MS = 3000, BEGINNING_MS = 200;
const fillings = new Map();

// Let `fill(place, runs)` be called for every place of that name that is in sight, whenever the state was asked for.
export const view = (name, fill) => fillings.set(name, fill);

export const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((each) => each !== null && each !== undefined));
  return made;
};
export const file = (picture, kind = "file") =>
  `/art/${kind}/${encodeURIComponent(picture.run)}/${encodeURIComponent(picture.name)}`;
export const ask = async (address, options = {}) => {
  const headers = { "Accept-Language": language, ...options.headers }; // the browser's own may be another one than the page's
  const answer = await fetch(address, { credentials: "same-origin", ...options, headers });
  const body = await answer.json().catch(() => ({})); // a proxy's words are no JSON
  if (!answer.ok) throw Object.assign(new Error(body.detail || answer.statusText), { answered: true });
  return body;
};

export const seconds = (s) => (s < 90 ? t`${Math.max(1, Math.round(s))} s` : s < 5400 ? t`${Math.round(s / 60)} min` : t`${decimal(s / 3600)} h`);
export const eta = (run) =>
  run.rate && run.stage_total > run.stage_done ? `, ${t`${seconds((run.stage_total - run.stage_done) / run.rate)} left`}` : "";
export const share = (run) => {
  if (!run.total) return 0;
  const within = run.stage_total ? Math.min(1, run.stage_done / run.stage_total) : 0;
  const part = run.unit === "pictures" ? 0 : within;
  return Math.min(1, (run.done + (run.done < run.total ? part : 0)) / run.total);
};
export const says = (run) => {
  if (run.state === "queued") return t`waits for its turn`;
  if (run.state !== "running") return run.message ? `${word(run.state)}: ${run.message}` : word(run.state);
  const asked = run.request ? ` (${run.request === "pause" ? t`asked to pause` : t`asked to cancel`})` : "";
  const detail = run.detail ? `, ${run.detail.replace(/[a-z]+/g, word)}` : "";
  return `${word(run.stage || "beginning")}${asked}, ${t`${whole(run.done)} of ${whole(run.total)}`}${detail}${eta(run)}`;
};
export const bar = (run) => {
  const filled = element("div", { className: "art-bar-filled" });
  filled.style.width = `${Math.round(100 * share(run))}%`;
  const whole = element("div", { className: "art-bar" }, filled);
  whole.setAttribute("role", "progressbar");
  whole.setAttribute("aria-label", t`progress of run ${run.id}`);
  whole.setAttribute("aria-valuenow", Math.round(100 * share(run)));
  return whole;
};
export const parameters = (run) =>
  element("dl", { className: "art-parameters" },
    ...Object.entries(run.settings).flatMap(([name, value]) => [
      element("dt", { textContent: word(name) }), element("dd", { textContent: value }),
    ]));
export const button = (label, run, action) => {
  const made = element("button", { className: "art-button", textContent: label, type: "button" });
  made.setAttribute("aria-label", t`${label} run ${run.id}`);
  made.onclick = async () => {
    made.disabled = true;
    try { await ask(`/art/runs/${encodeURIComponent(run.id)}/${action}`, { method: "POST" }); }
    catch (error) { made.after(element("span", { className: "art-problem", textContent: error.message })); }
    await look();
  };
  return made;
};
export const actions = (run) => {
  const offered = [];
  if (run.state === "queued") offered.push(button(t`first`, run, "first"), button(t`cancel`, run, "cancel"));
  if (run.state === "running") offered.push(button(t`pause`, run, "pause"), button(t`cancel`, run, "cancel"));
  if (["paused", "partial", "failed", "cancelled"].includes(run.state)) offered.push(button(t`go on`, run, "resume"));
  if (ENDED.has(run.state)) offered.push(button(t`once more`, run, "repeat"));
  return element("div", { className: "art-actions" }, ...offered);
};

// say at the foot of the page what is wrong with all of it, for as long as it is
const lost = (text) => {
  const line = document.querySelector(".art-lost") || element("p", { className: "art-lost", role: "alert" });
  if (line.textContent !== text) line.textContent = text;
  if (!text) line.remove();
  else if (!line.isConnected) document.body.append(line);
};
let runs = [], begun = false; // until Gradio has put up the first place
export const look = async () => {
  try {
    runs = (await ask("/art/state")).runs;
    lost("");
  } catch (error) { // what is shown stays, and asking goes on
    lost(error.answered
      ? t`artgen cannot look at its runs: ${error.message}. What is shown is what it said last.`
      : t`artgen does not answer; what is shown is what it said last`);
    return;
  }
  for (const place of document.querySelectorAll(".art-view")) {
    const fill = fillings.get(place.dataset.view);
    if (!fill || place.offsetParent === null) continue;
    begun = true;
    try { await fill(place, runs); } catch (error) { console.warn(error); } // one view that fails stops no other
  }
};
const loop = async () => {
  if (!document.hidden) await look();
  const busy = runs.some((run) => run.state === "running" || run.state === "queued");
  setTimeout(loop, !begun ? BEGINNING_MS : busy ? BUSY_MS : IDLE_MS);
};
document.addEventListener("click", () => setTimeout(look, 150)); // a tab was changed, or something was submitted
document.addEventListener("visibilitychange", () => document.hidden || look());
setTimeout(loop); // when every view has said its name
