// The settings of a picture, into the controls of the tab that generates.
import { ask, element, file, look } from "./art.js";
import { t } from "./words.js";

const TITLES = { generate: t`Generate`, gallery: t`Gallery`, style: t`Style`, translate: t`Translate`, enhance: t`Enhance` };

// Tell something at the foot of the page; it stands until it is closed, or until something else is told.
export const tell = (text, ...actions) => {
  document.querySelector(".art-message")?.remove();
  const close = element("button", { className: "art-button", type: "button", textContent: t`close` });
  const message = element("div", { className: "art-message" }, element("span", { textContent: text }), ...actions, close);
  message.setAttribute("role", "status");
  close.onclick = () => message.remove();
  document.body.append(message);
  return message;
};
// Open the tab of that name, and say whether there is one yet; in a narrow window Gradio has it in a menu, by its title alone.
export const openTab = (name) => {
  const inMenu = [...document.querySelectorAll(".overflow-dropdown button")].find((each) => each.textContent.trim() === TITLES[name]);
  const tab = document.getElementById(`tab-${name}-button`) || inMenu;
  tab?.click();
  return Boolean(tab);
};

// Put values, by their places, into the controls that `use_settings` of the server knows by that name.
export const fillControls = (values, name = "art-use") => {
  const text = document.querySelector(`#${name} textarea, #${name} input`);
  text.value = JSON.stringify(values);
  text.dispatchEvent(new Event("input", { bubbles: true }));
  document.getElementById(`${name}-press`).click();
};
const fill = ({ values, told }) => {
  fillControls(values);
  openTab("generate");
  const from = values["generation.seeds"], to = values["generation.source.to"];
  const filled = to === "" ? t`The settings of seed ${from} are in the controls.` : t`The settings of the walk from seed ${from} to ${to} are in the controls.`;
  tell([filled, ...told].join(" "));
};
export const useSettings = async (picture) => {
  try { fill(await ask(file(picture, "settings"))); }
  catch (error) { tell(t`Its settings cannot be used: ${error.message}.`); }
};
export const useFile = async (chosen) => {
  try { fill(await ask("/art/settings", { method: "POST", body: chosen })); }
  catch (error) { tell(`${chosen.name}: ${error.message}.`); }
};
export const variations = async (picture) => {
  try {
    const { run } = await ask(file(picture, "variations"), { method: "POST" });
    openTab("generate");
    tell(t`The pictures of the neighbouring seeds are queued as run ${run}.`);
    await look();
  } catch (error) { tell(t`No variations: ${error.message}.`); }
};

// a picture file that is dropped where nothing else takes it
const takes = (event) =>
  !event.defaultPrevented && [...(event.dataTransfer?.types || [])].includes("Files") &&
  [...document.querySelectorAll('[data-view="gallery"], [data-view="live"]')].some((place) => place.offsetParent !== null);
document.addEventListener("dragover", (event) => { if (takes(event)) event.preventDefault(); });
document.addEventListener("drop", (event) => {
  if (!takes(event)) return;
  event.preventDefault();
  if (event.dataTransfer.files.length) useFile(event.dataTransfer.files[0]);
});
