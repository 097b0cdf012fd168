// Keys and what they do; the person may change each, and turn single keys off. Kept in this browser under the person's name.
import { $, el } from "./dom.js";

export const ACTS = [
  ["next-suggestion", "j", "next suggestion"],
  ["previous-suggestion", "k", "previous suggestion"],
  ["next-evidence", "n", "next evidence of it in the note"],
  ["previous-evidence", "p", "previous evidence"],
  ["accept", "a", "accept the suggestion (level, diagnosis, add-on, modifier)"],
  ["edit", "e", "edit: another code"],
  ["reject", "r", "reject, then 1 to 8 for the reason"],
  ["earlier", "K", "move the diagnosis one place up"],
  ["later", "J", "move the diagnosis one place down"],
  ["add", "+", "add the selected words as evidence"],
  ["not-evidence", "x", "these words are not evidence"],
  ["undo", "u", "undo the last act"],
  ["finish", "Ctrl+Enter", "finalise and open the next visit"],
  ["sheet", "?", "this list"],
];

const place = () => `chartlight.keys.${document.body.dataset.me || ""}`;

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(place()) || "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

const keep = (settings) => {
  try {
    localStorage.setItem(place(), JSON.stringify(settings));
  } catch {
    // a browser that keeps nothing: the keys are as delivered
  }
};

const own = () => {
  const keys = kept().keys;
  return keys && typeof keys === "object" ? keys : {};
};

/** The key of every act as it stands now. */
export function bindings() {
  const mine = own();
  return new Map(ACTS.map(([act, key]) => [act, typeof mine[act] === "string" ? mine[act] : key]));
}

/** A key press by name: `j`, `?`, `Ctrl+Enter`. */
export function named(event) {
  const name = event.key === " " ? "Space" : event.key;
  const strong = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "");
  return strong + name;
}

/** A key as the sheet shows it: a capital letter is the letter with Shift. */
const told = (key) => (/^\p{Lu}$/u.test(key) ? `Shift+${key}` : key);

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

/** Call `does[act]` for the keys; single keys rest while the person types, in dialogs, and where they are turned off. */
export function listen(does) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || $("dialog[open]")) return;
    const key = named(event);
    const single = !key.startsWith("Ctrl+");
    if (single && (event.altKey || isTyping(event.target) || kept().off)) return;
    for (const [act, bound] of bindings()) {
      if (bound === key && does[act]) {
        event.preventDefault();
        does[act](event);
        return;
      }
    }
  });
}

/** The sheet that lists the keys and changes them. */
export function openSheet() {
  const sheet = $("#sheet");
  draw();
  const on = $("#keys-on");
  on.checked = !kept().off;
  on.onchange = () => keep({ ...kept(), off: !on.checked });
  $("#keys-reset").onclick = () => { keep({}); on.checked = true; draw(); };
  sheet.showModal();
}

function draw() {
  const now = bindings();
  $("#keys").replaceChildren(
    ...ACTS.map(([act, , said]) => {
      const shown = el("kbd", {}, told(now.get(act)));
      const button = el("button", { type: "button", class: "link", "aria-label": `Change the key: ${said}` }, "change");
      button.addEventListener("click", () => {
        shown.textContent = "press a key";
        const take = (event) => {
          if (["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) return;
          event.preventDefault();
          event.stopPropagation();
          button.removeEventListener("keydown", take);
          if (event.key !== "Escape") {
            const keys = { ...own(), [act]: named(event) };
            // a key does one thing: whatever had it before goes back to what was delivered, or loses it
            for (const [other, bound] of now) {
              if (other !== act && bound === named(event)) keys[other] = now.get(act);
            }
            keep({ ...kept(), keys });
          }
          draw();
        };
        button.addEventListener("keydown", take);
      });
      return el("tr", {}, el("td", {}, shown), el("td", {}, said), el("td", {}, button));
    }),
  );
}
