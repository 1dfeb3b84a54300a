// The words of the page, in the language that the server chose for it: the English sentence itself is the id.
export const language = document.querySelector('meta[name="art-language"]').content;
const ENGLISH = "en", KINDS = ["zero", "one", "two", "few", "many", "other"];
const asked = language === ENGLISH ? null : await fetch(`/art/words/${language}`, { credentials: "same-origin" });
if (asked && !asked.ok) throw new Error(`no words in ${language}: ${asked.statusText}`);
const words = asked ? await asked.json() : {};
const rules = new Intl.PluralRules(language);
// gettext counts its forms as this list does; fractions take the last one
const kinds = KINDS.filter((each) => rules.resolvedOptions().pluralCategories.includes(each));

// Gradio names its own language there, which need not be one of ours
const name = () => { if (document.documentElement.lang !== language) document.documentElement.lang = language; };
name();
new MutationObserver(name).observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });

const put = (sentence, values) => sentence.replace(/\{(\d+)\}/g, (_, place) => values[place]);

// t`seed ${seed} of ${run}` says "seed {0} of {1}".
export const t = (parts, ...values) => {
  const id = parts.reduce((whole, part, place) => `${whole}{${place - 1}}${part}`);
  return put(words[id] ?? id, values);
};
// n(3, "{0} picture", "{0} pictures", …) says how many; {1} and so on are further values.
export const n = (count, one, many, ...values) => {
  const forms = words[one] ?? [one, many];
  const form = forms[Math.min(kinds.indexOf(rules.select(count)), forms.length - 1)];
  return put(form, [whole(count), ...values]);
};
// What the server calls something, where the catalogue knows it: a state, a stage, a setting.
export const word = (text) => words[text] ?? text;
export const whole = (number) => number.toLocaleString(language);
export const significant = (number, digits = 3) =>
  number.toLocaleString(language, { minimumSignificantDigits: digits, maximumSignificantDigits: digits });
export const decimal = (number, places = 1) => number.toLocaleString(language, { minimumFractionDigits: places, maximumFractionDigits: places });
