// Fills the places that the server leaves to the browser, from what the table of runs and the stores say.
"use strict";
(() => {
  const BUSY_MS = 1000, IDLE_MS = 3000, PAGE = 60;
  const ENDED = new Set(["done", "partial", "failed", "cancelled"]);
  let runs = [], gallery = { shown: 0, total: 0, first: null };

  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children.filter((each) => each !== null && each !== undefined));
    return made;
  };
  const views = (name) => document.querySelectorAll(`.art-view[data-view="${name}"]`);
  const file = (picture, kind = "file") =>
    `/art/${kind}/${encodeURIComponent(picture.run)}/${encodeURIComponent(picture.name)}`;
  const ask = async (address, options) => {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail || answer.statusText);
    return body;
  };

  const seconds = (s) => (s < 90 ? `${Math.max(1, Math.round(s))} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`);
  const eta = (run) =>
    run.rate && run.stage_total > run.stage_done ? `, ${seconds((run.stage_total - run.stage_done) / run.rate)} left` : "";
  const share = (run) => {
    if (!run.total) return 0;
    const within = run.stage_total ? Math.min(1, run.stage_done / run.stage_total) : 0;
    const part = run.unit === "pictures" ? 0 : within;
    return Math.min(1, (run.done + (run.done < run.total ? part : 0)) / run.total);
  };
  const says = (run) => {
    if (run.state === "queued") return "waits for its turn";
    if (run.state !== "running") return run.message ? `${run.state}: ${run.message}` : run.state;
    const asked = run.request ? ` (asked to ${run.request})` : "";
    return `${run.stage || "beginning"}${asked}, ${run.done} of ${run.total}${eta(run)}`;
  };
  const bar = (run) => {
    const filled = element("div", { className: "art-bar-filled" });
    filled.style.width = `${Math.round(100 * share(run))}%`;
    const whole = element("div", { className: "art-bar" }, filled);
    whole.setAttribute("role", "progressbar");
    whole.setAttribute("aria-label", `progress of run ${run.id}`);
    whole.setAttribute("aria-valuenow", Math.round(100 * share(run)));
    return whole;
  };
  const parameters = (run) =>
    element("dl", { className: "art-parameters" },
      ...Object.entries(run.settings).flatMap(([name, value]) => [
        element("dt", { textContent: name }), element("dd", { textContent: value }),
      ]));
  const button = (label, run, action) => {
    const made = element("button", { className: "art-button", textContent: label, type: "button" });
    made.setAttribute("aria-label", `${label} run ${run.id}`);
    made.onclick = async () => {
      made.disabled = true;
      try { await ask(`/art/runs/${encodeURIComponent(run.id)}/${action}`, { method: "POST" }); }
      catch (error) { made.after(element("span", { className: "art-problem", textContent: error.message })); }
      await look();
    };
    return made;
  };
  const actions = (run) => {
    const offered = [];
    if (run.state === "queued") offered.push(button("first", run, "first"), button("cancel", run, "cancel"));
    if (run.state === "running") offered.push(button("pause", run, "pause"), button("cancel", run, "cancel"));
    if (["paused", "partial", "failed", "cancelled"].includes(run.state)) offered.push(button("go on", run, "resume"));
    if (ENDED.has(run.state)) offered.push(button("once more", run, "repeat"));
    return element("div", { className: "art-actions" }, ...offered);
  };

  // an <img> that is there already stays: the browser must not load and flash it anew every second
  const tiles = (grid, pictures, kind) => {
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
  const open = (picture) => {
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

  const showLive = async (view) => {
    const run = runs.find((each) => each.kind === "pipeline");
    if (!run) {
      view.replaceChildren(element("p", { className: "art-empty", textContent: "Nothing was made yet. Press Generate: the first picture takes a few seconds." }));
      return;
    }
    let head = view.querySelector(".art-head"), grid = view.querySelector(".art-grid");
    if (!head || view.dataset.run !== run.id) {
      head = element("div", { className: "art-head" });
      grid = element("div", { className: "art-grid art-grid-large" });
      view.replaceChildren(head, grid);
      view.dataset.run = run.id;
    }
    const line = element("p", { className: "art-says", textContent: says(run) });
    line.setAttribute("aria-live", "polite");
    head.replaceChildren(line, ...(ENDED.has(run.state) ? [] : [bar(run)]), parameters(run), actions(run));
    const seen = `${run.id} ${run.done} ${run.state}`;
    if (view.dataset.seen !== seen) {
      const stored = await ask(`/art/pictures?run=${encodeURIComponent(run.id)}&limit=100`);
      tiles(grid, stored.pictures, "file");
      view.dataset.seen = seen;
    }
  };
  const showQueue = (view) => {
    if (!runs.length) {
      view.replaceChildren(element("p", { className: "art-empty", textContent: "No run yet. What is generated, enlarged or trained stands here." }));
      return;
    }
    const rows = runs.map((run) =>
      element("li", { className: `art-run art-${run.state}` },
        element("div", { className: "art-run-head" }, element("strong", { textContent: run.kind }), element("code", { textContent: run.id })),
        element("p", { textContent: says(run) }), run.state === "running" ? bar(run) : null, actions(run)));
    const focused = document.activeElement && view.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    view.replaceChildren(element("ul", { className: "art-runs" }, ...rows));
    if (focused) view.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  };
  const showGallery = async (view) => {
    let grid = view.querySelector(".art-grid");
    if (!grid) {
      grid = element("div", { className: "art-grid" });
      const more = element("button", { className: "art-button art-more", textContent: "more", type: "button" });
      more.onclick = () => { gallery.shown += PAGE; fillGallery(view); };
      view.replaceChildren(grid, element("p", { className: "art-empty" }), more);
      gallery.shown = PAGE;
    }
    await fillGallery(view);
  };
  const fillGallery = async (view) => {
    const grid = view.querySelector(".art-grid");
    const found = [];
    for (let offset = 0; offset < gallery.shown; offset += 200) {
      const part = await ask(`/art/pictures?offset=${offset}&limit=${Math.min(200, gallery.shown - offset)}`);
      gallery.total = part.total;
      found.push(...part.pictures);
    }
    tiles(grid, found, "thumb");
    view.querySelector(".art-empty").textContent = gallery.total ? `${found.length} of ${gallery.total} pictures` : "No picture yet. Generate one: it will hang here.";
    view.querySelector(".art-more").hidden = found.length >= gallery.total;
  };

  let seen = "";
  const look = async () => {
    try {
      runs = (await ask("/art/state")).runs;
      document.body.classList.remove("art-lost");
    } catch {
      document.body.classList.add("art-lost"); // the server is away; what is shown stays, and asking goes on
      return;
    }
    const visible = (view) => view.offsetParent !== null;
    for (const view of views("live")) if (visible(view)) await showLive(view);
    for (const view of views("queue")) if (visible(view)) showQueue(view);
    const changed = runs.map((run) => `${run.id}${run.done}${run.state}`).join();
    for (const view of views("gallery")) if (visible(view) && (changed !== seen || !view.children.length)) { await showGallery(view); seen = changed; }
  };
  const loop = async () => {
    if (!document.hidden) await look();
    const busy = runs.some((run) => run.state === "running" || run.state === "queued");
    setTimeout(loop, busy ? BUSY_MS : IDLE_MS);
  };
  document.addEventListener("click", () => setTimeout(look, 150)); // a tab was changed, or something was submitted
  document.addEventListener("visibilitychange", () => document.hidden || look());
  loop();
})();
