// The review of one visit: what is current, what the keys and buttons do, and how the page is brought up to date.
import * as api from "./api.js";
import { $, $$, el, fetchDocument, say } from "./dom.js";
import { listen, openSheet } from "./keys.js";
import * as marks from "./marks.js";
import { selected } from "./offsets.js";
import { openPicker } from "./picker.js";

const id = document.body.dataset.encounter;
const rail = () => $("#rail");
const mayAct = () => !("closed" in rail().dataset);
const day = () => $('#circumstances input[name="date_of_service"]').value;
const suggestions = () => $$("#rail .s").filter((one) => one.offsetParent !== null);
const thing = (about) => document.getElementById(`s-${about}`);

let about = "level"; // what is current: the level, a code, or a fact
let waiting = 0;
let line = Promise.resolve();
let wantsNote = false;

// ---- what was done here, for undo: kinds, codes and ids alone
const STACK = `chartlight.undo.${id}`;
const stack = () => {
  try {
    return JSON.parse(sessionStorage.getItem(STACK) || "[]");
  } catch {
    return [];
  }
};
const remember = (act) => sessionStorage.setItem(STACK, JSON.stringify([...stack(), act].slice(-200)));

// ---- bringing the page up to date
async function refresh() {
  const part = wantsNote ? "" : "?part=rail";
  wantsNote = false;
  const fresh = await fetchDocument(`/visits/${encodeURIComponent(id)}${part}`);
  const hadFocus = document.activeElement;
  const was = hadFocus && hadFocus !== document.body && hadFocus.closest("#rail, #note") !== null;
  const scrolls = ["#rail-scroll", "#note-scroll"].map((name) => [name, $(name)?.scrollTop ?? 0]);
  const folds = new Map($$("details[data-keep]").map((fold) => [fold.dataset.keep, fold.open]));
  for (const name of ["#note", "#rail", "#circumstances"]) {
    const next = $(name, fresh);
    if (next) $(name).replaceWith(document.adoptNode(next));
  }
  for (const fold of $$("details[data-keep]")) if (folds.has(fold.dataset.keep)) fold.open = folds.get(fold.dataset.keep);
  for (const [name, top] of scrolls) if ($(name)) $(name).scrollTop = top;
  marks.gather();
  settle({ focus: was });
  // whoever moves a diagnosis with a button goes on with that button
  if (was && ["earlier", "later"].includes(hadFocus.dataset.act)) current()?.querySelector(`[data-act="${hadFocus.dataset.act}"]`)?.focus({ preventScroll: true });
  const changed = $("#changed");
  if (changed && part === "") say(changed.firstElementChild.nextSibling.textContent.trim().replace(/^/, "The rules ran again: "));
}

/** Do one thing after the other; the page is read again when the last one is done. */
function soon(work, { note = false } = {}) {
  waiting += 1;
  wantsNote ||= note;
  document.body.classList.add("busy");
  line = line.then(work).then(
    (answer) => {
      const version = answer?.etag?.replace(/[^0-9]/g, "");
      if (version) rail().dataset.version = version;
    },
    (error) => {
      say(error.status === 412 ? "The visit has changed meanwhile; it is shown anew." : [error.message, error.where].filter(Boolean).join(": "), { wrong: true });
      wantsNote ||= error.status === 412;
      if (error.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
    },
  ).then(async () => {
    waiting -= 1;
    if (waiting) return;
    try {
      await refresh();
    } catch (error) {
      say(error.message, { wrong: true });
    }
    document.body.classList.remove("busy");
  });
  return line;
}

// ---- what is current
function settle({ focus = false, scroll = false } = {}) {
  const now = thing(about) || thing("level") || suggestions()[0];
  if (!now) return;
  about = now.dataset.about;
  for (const one of $$("#rail .current")) if (one !== now) { one.classList.remove("current"); one.removeAttribute("aria-current"); }
  now.classList.add("current");
  now.setAttribute("aria-current", "true");
  marks.light(marks.idsOf(now), { scroll });
  if (focus) now.focus({ preventScroll: true });
  if (scroll || focus) now.scrollIntoView({ block: "nearest" });
}

function current() {
  return thing(about) || thing("level");
}

function select(name, { focus = true, scroll = true } = {}) {
  if (about !== name) closeSlots();
  about = name;
  const fold = thing(name)?.closest("details");
  if (fold) fold.open = true;
  settle({ focus, scroll });
}

function move(by) {
  const all = suggestions();
  const at = all.findIndex((one) => one.dataset.about === about);
  const next = all[Math.min(Math.max((at < 0 ? -1 : at) + by, 0), all.length - 1)];
  if (next) select(next.dataset.about);
}

const isOpen = (one) => one.querySelector(":scope .state.open") !== null && !one.closest("details");

function moveToOpen() {
  const all = suggestions();
  const at = all.findIndex((one) => one.dataset.about === about);
  const next = [...all.slice(at + 1), ...all.slice(0, at)].find(isOpen);
  if (next) select(next.dataset.about);
}

const closeSlots = () => {
  for (const slot of $$("#rail .slot")) slot.replaceChildren();
};
const slotOf = (one) => one.querySelector(":scope > .slot");

// ---- rulings
function ruled(one, word, said) {
  const state = one.querySelector(".state");
  const before = one.dataset.ruled ? JSON.parse(one.dataset.ruled) : null;
  remember({ kind: "ruling", about: word.about, before });
  if (state) { state.textContent = said; state.classList.remove("open"); }
  closeSlots();
  soon(() => api.rule(id, word));
}

function accept() {
  const one = current();
  if (!can(one)) return;
  if (one.dataset.kind === "level" && !one.dataset.code) {
    say("There is no code to accept. Give another code with e, or reject with r.", { wrong: true });
    return;
  }
  if (one.dataset.verdict === "added") return;
  if (falls(one)) return;
  ruled(one, { about: one.dataset.about, verdict: "confirmed" }, "accepted");
  moveToOpen();
}

/** An add-on or a modifier beside no E/M code waits for nothing. */
function falls(one) {
  if (!("unasked" in one.dataset)) return false;
  say("It falls away: no E/M code is decided.");
  return true;
}

function reject() {
  const one = current();
  if (!can(one) || falls(one)) return;
  closeSlots();
  const buttons = $$("#reasons button").map((button, n) =>
    el("button", { type: "button", title: button.title, "data-reason": button.dataset.reason, onclick: () => rejectFor(button.dataset.reason, button.textContent) },
      el("kbd", {}, String(n + 1)), button.textContent));
  slotOf(one).replaceChildren(el("div", { class: "reasons", role: "group", "aria-label": "Why is it rejected?" }, ...buttons));
  slotOf(one).scrollIntoView({ block: "nearest" });
  buttons[0].focus({ preventScroll: true });
}

function rejectFor(reason, said) {
  const one = current();
  ruled(one, { about: one.dataset.about, verdict: "rejected", rejection: reason }, `rejected: ${said.toLowerCase()}`);
  one.focus({ preventScroll: true });
  moveToOpen();
}

function edit() {
  const one = current();
  if (!can(one)) return;
  closeSlots();
  if (one.dataset.kind === "fact") {
    one.querySelector("select")?.focus();
    return;
  }
  if (one.dataset.kind === "beside") {
    say("An add-on or a modifier is accepted or rejected; facts and circumstances change it.");
    return;
  }
  const done = (code) => {
    if (code === one.dataset.about) ruled(one, { about: one.dataset.about, verdict: "confirmed" }, "accepted");
    else ruled(one, { about: one.dataset.about, verdict: "edited", final: code }, `changed to ${code}`);
    one.focus({ preventScroll: true });
    moveToOpen();
  };
  if (one.dataset.kind === "level") editLevel(one);
  else openPicker(slotOf(one), { code: one.dataset.code, day: day(), label: `Another code for ${one.dataset.code}`, choose: done, close: leave });
  one.scrollIntoView({ block: "start" });
}

function editLevel(one) {
  const buttons = $$("#offered li").map((item, n) =>
    el("button", { type: "button", "data-choice": n + 1, onclick: () => {
      ruled(one, { about: "level", verdict: "edited", final: item.dataset.code }, `changed to ${item.dataset.code}`);
      one.focus({ preventScroll: true });
      moveToOpen();
    } }, el("kbd", {}, String(n + 1)), el("span", { class: "code" }, item.dataset.code), ` ${item.textContent}`));
  const hint = el("p", { class: "muted small" }, "If a fact was read wrongly, change the fact instead (Facts and data ledger): the rules then run again.");
  slotOf(one).replaceChildren(el("div", { class: "reasons", role: "group", "aria-label": "Another code" }, ...buttons), hint);
  (buttons[0] || one).focus({ preventScroll: true });
}

function leave() {
  closeSlots();
  current()?.focus({ preventScroll: true });
}

function can(one) {
  if (!one || !mayAct()) {
    say("Nothing can be decided here now.", { wrong: true });
    return false;
  }
  if ("withheld" in rail().dataset) {
    say("Enter your own level first (1 to 4).");
    return false;
  }
  return true;
}

function addCode() {
  closeSlots();
  openPicker($("#add-code-slot"), {
    code: null, day: day(), label: "A code to add", close: leave,
    choose: (code) => {
      const there = thing(code);
      closeSlots();
      if (there) { select(code); say(`${code} is among the suggestions: accept it there.`); return; }
      remember({ kind: "ruling", about: code, before: null });
      about = code;
      soon(() => api.rule(id, { about: code, verdict: "added", final: code }));
    },
  });
}

// ---- the order of the diagnoses
const inOrder = () => $$("#rail .dx").filter((one) => !one.closest("details"));

function place(by) {
  const one = current();
  if (!can(one)) return;
  const rows = inOrder();
  const at = rows.indexOf(one);
  if (at < 0) {
    say(one.dataset.kind === "dx" ? "A code under More gets a place in the order once it is decided." : "Only diagnoses have an order: choose one first.");
    return;
  }
  const other = rows[at + by];
  if (!other) {
    say(`${one.dataset.code} is ${by < 0 ? "first" : "last"} already.`);
    return;
  }
  closeSlots();
  const [side, back] = by < 0 ? ["before", "after"] : ["after", "before"];
  remember({ kind: "order", about, where: { about, [back]: other.dataset.about } });
  // the neighbour moves in the document: whatever is moved would lose the focus
  if (by < 0) one.after(other);
  else one.before(other);
  put({ about, [side]: other.dataset.about }, one.dataset.code);
}

function put(where, code) {
  let done = false;
  soon(async () => {
    const answer = await api.place(id, where);
    done = true;
    return answer;
  }).then(() => {
    if (!done) return;
    const rows = inOrder();
    const now = rows.findIndex((one) => one.dataset.about === where.about) + 1;
    say([`${code} is now ${now} of ${rows.length}.`, $("#first-listed")?.textContent].filter(Boolean).join(" "));
  });
}

// ---- facts: every change runs the rules again
async function facts() {
  return (await api.proposal(id)).current.facts;
}

function amend(make) {
  soon(async () => {
    const change = make(await facts());
    if (!change) return null;
    const answer = await api.amend(id, { added: [], removed: [], ...change });
    remember({ kind: "amendment" });
    return answer;
  }, { note: true });
}

const changedFact = (fact, values) => {
  const { source, confidence, ...rest } = fact;
  return { ...rest, ...values };
};

function setNature(factId, value) {
  amend((all) => {
    const fact = all.find((one) => one.id === factId);
    if (!fact) return null;
    if (fact.kind === "time") return { added: [changedFact(fact, { role: value })] };
    if (fact.kind !== "problem") return { added: [changedFact(fact, { nature: value })] };
    const addressed = value !== "not_addressed";
    return { added: [changedFact(fact, { addressed, nature: addressed ? value : null })] };
  });
}

function notEvidence() {
  const one = current();
  if (!can(one)) return;
  const mark = marks.current();
  if (one.dataset.kind === "fact" && !mark) {
    amend(() => ({ removed: [one.dataset.about] }));
    return;
  }
  const row = mark && $(`.evidence-table tr[data-mark="${mark}"]`);
  if (!row) {
    say("Choose words first: n steps through those of the current suggestion.");
    return;
  }
  const at = { number: Number(row.dataset.document), start: Number(row.dataset.start), end: Number(row.dataset.end) };
  const only = one.dataset.kind === "fact" ? one.dataset.about : null;
  amend((all) => {
    const name = documentName(at.number);
    const isIt = (e) => e.start === at.start && e.end === at.end && (e.document ?? null) === name;
    const using = all.filter((fact) => (only ? fact.id === only : true) && (fact.evidence || []).some(isIt));
    if (!using.length) {
      say("These words belong to no fact of the level; reject the suggestion with r instead.");
      return null;
    }
    const left = using.map((fact) => changedFact(fact, { evidence: fact.evidence.filter((e) => !isIt(e)) }));
    return { added: left.filter((fact) => fact.evidence.length), removed: left.filter((fact) => !fact.evidence.length).map((fact) => fact.id) };
  });
}

const documentName = (number) => $(`.text[data-document="${number}"]`)?.dataset.key ?? null;

async function addEvidence() {
  if (!can(current())) return;
  const words = selected();
  if (!words) {
    say("Select words of the note first.");
    return;
  }
  if ([...words.quote].length > 300) {
    say("Evidence is short: select at most 300 characters.", { wrong: true });
    return;
  }
  const dialog = $("#add");
  const form = $("form", dialog);
  form.reset();
  $("#add-words").textContent = words.quote;
  form.elements.item.value = words.quote.replace(/\s+/g, " ").slice(0, 80);
  form.elements.minutes.value = (words.quote.match(/\d+/) || [""])[0];
  const all = await facts();
  $("#add-fact").replaceChildren(...all.map((fact) => el("option", { value: fact.id, selected: fact.id === about }, `${fact.kind}: ${fact.name || fact.item || fact.minutes || fact.nature || fact.id}`)));
  const show = () => {
    for (const part of $$("[data-for]", form)) part.hidden = part.dataset.for !== form.elements.kind.value;
  };
  form.onchange = show;
  show();
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "add") return;
    const kind = form.elements.kind.value;
    const document_ = documentName(words.number);
    const evidence = { start: words.start, end: words.end, quote: words.quote, ...(document_ === null ? {} : { document: document_ }) };
    amend((now) => ({ added: [madeFact(now, kind, form, evidence, words.quote)] }));
  };
  dialog.showModal();
}

function madeFact(now, kind, form, evidence, quote) {
  if (kind === "more") {
    const fact = now.find((one) => one.id === form.elements.fact.value);
    return changedFact(fact, { evidence: [...fact.evidence, evidence] });
  }
  let n = 1;
  while (now.some((fact) => fact.id === `u${n}`)) n += 1;
  const made = { kind, id: `u${n}`, evidence: [evidence] };
  const value = form.elements[kind].value;
  if (kind === "time") return { ...made, minutes: Number(form.elements.minutes.value || 0), role: value };
  if (kind === "problem") return { ...made, nature: value, addressed: true, name: quote.replace(/\s+/g, " ").toLowerCase() };
  return kind === "data" ? { ...made, nature: value, item: form.elements.item.value } : { ...made, nature: value };
}

function circumstances() {
  const dialog = $("#circumstances");
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "save") return;
    const form = $("form", dialog);
    soon(async () => {
      const { context } = (await api.proposal(id)).current;
      const values = Object.fromEntries(["date_of_service", "setting", "patient_status", "stage"].map((name) => [name, form.elements[name].value || null]));
      const whole = Object.entries({ ...context, ...values }).filter(([name, value]) => value !== null && name !== "extra");
      const answer = await api.amend(id, { added: [], removed: [], context: Object.fromEntries(whole) });
      remember({ kind: "amendment" });
      return answer;
    }, { note: true });
  };
  dialog.showModal();
}

// ---- undo
function undo() {
  const last = stack().pop();
  if (!mayAct()) return;
  if (!last) {
    const one = current();
    if (one?.querySelector('[data-act="undo"]')) withdraw(one.dataset.about);
    else say("Nothing was done here that could be undone.");
    return;
  }
  sessionStorage.setItem(STACK, JSON.stringify(stack().slice(0, -1)));
  if (last.kind === "amendment") undoChange();
  else if (last.kind === "order") {
    about = last.about;
    put(last.where, thing(about)?.dataset.code ?? about);
  } else {
    about = last.about;
    if (last.before) soon(() => api.rule(id, last.before));
    else withdraw(last.about);
  }
  say("Undone.");
}

const withdraw = (name) => soon(() => api.rule(id, { about: name, verdict: "withdrawn" }));

function undoChange() {
  const last = rail().dataset.lastChange;
  if (last) soon(() => api.amend(id, { added: [], removed: [], withdraws: last }), { note: true });
  else say("No change of the facts is in force.");
}

// ---- the end of a visit
async function finish() {
  if (rail().dataset.state === "finalised") { next(); return; }
  if (!mayAct()) return;
  await line;
  if (Number(rail().dataset.open)) {
    say(`Not yet: ${$("#missing")?.textContent.replace("To do:", "").trim() || "enter your level"}.`, { wrong: true });
    if (isOpen(current())) select(about);
    else moveToOpen();
    return;
  }
  try {
    await api.decide(id);
    sessionStorage.removeItem(STACK);
    await next();
  } catch (error) {
    say([error.message, error.where].filter(Boolean).join(": "), { wrong: true });
  }
}

async function next() {
  try {
    const found = await api.claimNext();
    location.assign(`/visits/${encodeURIComponent(found.body.id)}`);
  } catch (error) {
    if (error.kind === "queue_empty") location.assign("/queue?done");
    else say(error.message, { wrong: true });
  }
}

function reopen() {
  const dialog = $("#reopen");
  dialog.returnValue = "";
  dialog.onclose = async () => {
    if (dialog.returnValue !== "save") return;
    try {
      await api.reopen(id, $("textarea", dialog).value.trim());
      location.reload();
    } catch (error) {
      say([error.message, error.where].filter(Boolean).join(": "), { wrong: true });
    }
  };
  dialog.showModal();
}

function ownLevel(button) {
  soon(() => api.enterLevel(id, button.dataset.level, button.dataset.code || null), { note: true });
}

// ---- hands
const DOES = {
  accept, edit, reject, undo, finish, circumstances, reopen, next,
  earlier: () => place(-1),
  later: () => place(1),
  sheet: openSheet,
  async "log-off"() {
    await api.logOff();
    location.assign("/login");
  },
  "add-code": addCode,
  "undo-change": undoChange,
  "own-level": ownLevel,
  light: (button) => marks.light(marks.idsOf(button), { scroll: true }),
  go: (button) => select(thing(button.dataset.about) ? button.dataset.about : "level"),
  drop: (button) => amend(() => ({ removed: [button.dataset.fact] })),
  pick: (button) => {
    const one = button.closest(".s");
    select(one.dataset.about, { focus: false, scroll: false });
    ruled(one, { about: one.dataset.about, verdict: "edited", final: button.dataset.code }, `changed to ${button.dataset.code}`);
    moveToOpen();
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  const one = event.target.closest("#rail .s");
  if (one && one.dataset.about !== about) select(one.dataset.about, { focus: false });
  if (button && DOES[button.dataset.act] && button.tagName !== "SELECT") {
    if (button.dataset.act === "undo") withdraw(button.closest(".s").dataset.about);
    else DOES[button.dataset.act](button);
    return;
  }
  const under = marks.marksAt(event.target);
  if (under && getSelection().isCollapsed) marks.name(under);
});
document.addEventListener("change", (event) => {
  if (event.target.dataset?.act === "nature") setNature(event.target.dataset.fact, event.target.value);
});
document.addEventListener("focusin", (event) => {
  const one = event.target.closest?.("#rail .s");
  if (one && one.dataset.about !== about) select(one.dataset.about, { focus: false });
  if (event.target.matches?.(".cell")) showWords(event.target);
  const fact = event.target.closest?.("[data-light]");
  if (fact?.dataset.kind === "fact") about = fact.dataset.about;
  if (fact) showWords(fact);
});
let resting = 0;
document.addEventListener("pointerover", (event) => {
  const under = marks.marksAt(event.target);
  if (under) marks.name(under);
  const shows = event.target.closest?.(".cell, [data-light], #rail .dx");
  clearTimeout(resting);
  if (shows) resting = setTimeout(() => showWords(shows), 90);
  else if (event.target.closest?.("#rail")) resting = setTimeout(() => showWords(current()), 250);
});

function showWords(one) {
  if (!one) return;
  const ids = marks.idsOf(one);
  for (const other of $$("#rail .on")) other.classList.remove("on");
  if (!one.matches(".s")) one.classList.add("on");
  if (ids.length && ids.join() !== marks.lighted().join()) {
    marks.light(ids, { scroll: true });
    marks.name(ids.slice(0, 1));
  }
}

document.addEventListener("keydown", (event) => {
  if ($("dialog[open]") || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "Escape") leave();
  const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  if (!digit) return;
  const own = $(`.blind .choices li:nth-child(${digit}) button`);
  const button = own || $$("#rail .reasons button")[digit - 1];
  if (button) {
    event.preventDefault();
    button.click();
  }
});

function evidence(by) {
  if (!marks.step(by)) say("No words are marked.");
}

listen({
  "next-suggestion": () => move(1),
  "previous-suggestion": () => move(-1),
  "next-evidence": () => evidence(1),
  "previous-evidence": () => evidence(-1),
  accept, edit, reject, undo, finish,
  earlier: () => place(-1),
  later: () => place(1),
  add: addEvidence,
  "not-evidence": notEvidence,
  sheet: openSheet,
});

// on a narrow or magnified screen the note comes first: the folds of the side pane wait closed
if (matchMedia("(max-width: 52rem), (max-height: 30rem)").matches) for (const fold of $$("#side details")) fold.open = false;
marks.gather();
if (thing("level")) select("level", { focus: true, scroll: false });
