// Translation: pictures that are handed in, and beside each what it became and what came back.
import { element, file, view } from "./art.js";
import { toEnhance } from "./enhance.js";
import { heldPictures, holdStored, named, plainButton } from "./held.js";
import { beside, comparison, madeView } from "./made.js";
import { takeStored } from "./style.js";
import { significant, t } from "./words.js";

const held = heldPictures();
window.artTranslate = async () => named(await held.whole());

// Hold a picture of the store.
export const translateStored = (picture) => holdStored(held, picture, "translate", t`The picture is there to be translated: choose the direction.`);
view("translate-drop", (place) => {
  if (!place.children.length) place.replaceChildren(...held.place("art-translate-files", t`Drop pictures here, or choose them`));
});

const hang = (picture, key) => {
  const [first] = picture.results;
  const goesOn = [
    toEnhance(first),
    plainButton(t`use as content`, () => takeStored(first, "contents")),
    plainButton(t`use as style`, () => takeStored(first, "styles")),
  ];
  const made = comparison(picture, key, goesOn, t`download the result`);
  made.querySelector("h3").after(beside(picture.name, [
    { address: `/art/uploads/${picture.picture}`, text: t`input`, of: picture.from },
    ...picture.results.map((result) => result.back
      ? { address: file(result), text: t`reconstruction`, of: picture.from }
      : { address: file(result), text: t`result`, of: picture.to }),
  ]), ...(picture.hiding ? [element("p", { className: "art-hiding", textContent: t`Hiding score of this direction: ${significant(picture.hiding)}. By so much the error of what comes back grows when the result has a noise that nobody sees; 1: nothing is hidden in it.` })] : []));
  return made;
};
madeView("translated", {
  source: "translate",
  address: "/art/translated",
  title: (run) => `${run.settings.model}, ${run.settings.direction}`,
  empty: t`Nothing was translated yet. Drop a picture, and press Translate; it stands here beside what it became, and what came back.`,
  drafts: true,
  hang,
});
