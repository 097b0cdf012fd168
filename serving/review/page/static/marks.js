// Marks in the note: lighting the words of a thing, stepping through them, and naming every decision that uses them.
import { $, $$ } from "./dom.js";

let segments = new Map(); // mark id -> the pieces of text that it covers
let lit = [];
let here = -1;

/** Read the marks of the page anew. */
export function gather() {
  segments = new Map();
  for (const mark of $$("#note .text mark")) {
    for (const id of mark.dataset.m.split(" ")) {
      if (!segments.has(id)) segments.set(id, []);
      segments.get(id).push(mark);
    }
  }
  lit = [];
  here = -1;
}

export const idsOf = (thing) => [...new Set((thing?.dataset.marks || "").split(" "))].filter((id) => segments.has(id));

/** Light the words of these marks; with `scroll`, bring the first one into sight. */
export function light(ids, { scroll = false } = {}) {
  for (const mark of $$("#note mark.lit, #note mark.here")) mark.classList.remove("lit", "here");
  lit = ids;
  here = -1;
  for (const id of ids) for (const mark of segments.get(id) || []) mark.classList.add("lit");
  if (scroll && ids.length) bring(segments.get(ids[0])[0]);
}

export const lighted = () => lit;

/** Step to the next (1) or previous (-1) words; all marks of the note where nothing is lit. Returns the mark's id or null. */
export function step(by) {
  const all = lit.length ? lit : [...segments.keys()];
  if (!all.length) return null;
  here = here < 0 ? (by > 0 ? 0 : all.length - 1) : (here + by + all.length) % all.length;
  for (const mark of $$("#note mark.here")) mark.classList.remove("here");
  const pieces = segments.get(all[here]);
  for (const mark of pieces) mark.classList.add("here");
  bring(pieces[0]);
  pieces[0].focus({ preventScroll: true });
  name([all[here]]);
  return all[here];
}

export const current = () => (here < 0 ? null : (lit.length ? lit : [...segments.keys()])[here]);
export const count = () => [here + 1, (lit.length ? lit : [...segments.keys()]).length];

function bring(mark) {
  const box = $("#note-scroll");
  const inner = getComputedStyle(box).overflowY === "visible" ? null : box.getBoundingClientRect();
  const at = mark.getBoundingClientRect();
  const top = inner ? inner.top : 0;
  const bottom = inner ? inner.bottom : innerHeight;
  if (at.top < top + 40 || at.bottom > bottom - 40) mark.scrollIntoView({ block: "center", behavior: "instant" });
}

/** Name every decision that uses these marks, each once, in the line below the note. */
export function name(ids) {
  const line = $("#uses");
  const rows = ids.map((id) => $(`.evidence-table tr[data-mark="${id}"]`)).filter(Boolean);
  const seen = new Set();
  const list = document.createElement("ul");
  for (const item of rows.flatMap((row) => $$("li", row))) {
    const said = item.textContent;
    if (!seen.has(said)) {
      seen.add(said);
      list.append(item.cloneNode(true));
    }
  }
  line.replaceChildren(list);
}

export const marksAt = (target) => target.closest?.("#note .text mark")?.dataset.m.split(" ") ?? null;
