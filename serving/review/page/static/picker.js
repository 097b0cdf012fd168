// Choosing a code: type-ahead over the whole code set, and the tree around a code. A combobox with a list, and a tree, by the ARIA patterns.
import * as api from "./api.js";
import { el } from "./dom.js";

let serial = 0;

/** Fill `slot` with a picker; `choose(code)` is called with a complete code, `close()` on Escape. */
export function openPicker(slot, { code, day, label, choose, close }) {
  serial += 1;
  const list = el("div", { role: "listbox", id: `picker-${serial}-list`, "aria-label": "Codes found" });
  const tree = el("div", { role: "tree", "aria-label": "Codes around the suggestion" });
  const input = el("input", {
    type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list", "aria-label": label,
    placeholder: "Type a code or words; arrow down for the tree", autocomplete: "off", spellcheck: "false", maxlength: "80",
  });
  const told = el("p", { class: "muted small", role: "status" }, "");
  slot.replaceChildren(el("div", { class: "picker" }, input, told, list, tree));

  let options = [];
  let active = -1;
  let asked = 0;
  const activate = (n) => {
    active = n;
    options.forEach((option, at) => option.setAttribute("aria-selected", at === n ? "true" : "false"));
    if (n >= 0) {
      input.setAttribute("aria-activedescendant", options[n].id);
      options[n].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const show = (found) => {
    options = found.map((entry, n) =>
      el("div", { role: "option", id: `picker-${serial}-${n}`, "aria-selected": "false", "data-code": entry.code, "data-billable": entry.billable, onclick: () => pick(entry) },
        el("span", { class: "code" }, entry.code), el("span", { class: "grow" }, entry.description), entry.billable ? null : el("span", { class: "muted" }, "heading")));
    list.replaceChildren(...options);
    input.setAttribute("aria-expanded", String(options.length > 0));
    tree.hidden = input.value.trim() !== "";
    activate(options.length ? 0 : -1);
  };
  const pick = (entry) => {
    if (entry.billable) choose(entry.code);
    else {
      input.value = "";
      show([]);
      grow(entry.code, true);
    }
  };
  input.addEventListener("input", async () => {
    const words = input.value.trim();
    asked += 1;
    const mine = asked;
    await new Promise((resume) => { setTimeout(resume, 110); });
    if (mine !== asked) return;
    if (!words) {
      told.textContent = "";
      show([]);
      return;
    }
    try {
      const found = await api.searchCodes(words, day);
      if (mine !== asked) return;
      show(found.items);
      told.textContent = found.items.length ? `${found.items.length}${found.items.length === 30 ? " or more" : ""} found` : "No code holds all these words.";
    } catch (error) {
      told.textContent = error.message;
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      if (options.length) activate((active + by + options.length) % options.length);
      else tree.querySelector('[role="treeitem"][tabindex="0"]')?.focus();
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      if (active >= 0) options[active].click();
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });

  // the tree: ancestors opened down to the code, siblings beside it; branches are fetched when they are opened
  const item = (entry, opened = null) => {
    const twist = el("span", { class: "twist", "aria-hidden": "true" }, entry.billable ? "" : opened ? "⌄" : "›");
    const row = el("div", { class: "row" }, twist, el("span", { class: "code" }, entry.code), el("span", { class: "grow" }, entry.description));
    const made = el("div", { role: "treeitem", tabindex: "-1", "data-code": entry.code, "aria-expanded": entry.billable ? null : String(Boolean(opened)) }, row);
    made.entry = entry;
    made.twist = twist;
    if (opened) made.append(el("div", { role: "group" }, ...opened));
    row.addEventListener("click", () => (entry.billable ? choose(entry.code) : toggle(made)));
    return made;
  };
  const toggle = async (branch, open = branch.getAttribute("aria-expanded") !== "true") => {
    let group = branch.querySelector(':scope > [role="group"]');
    if (open && !group) {
      const found = await api.codeTree(branch.entry.code, day);
      group = el("div", { role: "group" }, ...found.under.map((child) => item(child)));
      branch.append(group);
    }
    if (group) group.hidden = !open;
    branch.setAttribute("aria-expanded", String(open));
    branch.twist.textContent = open ? "⌄" : "›";
  };
  const grow = async (around, focus = false) => {
    if (!around) return;
    let found;
    try {
      found = await api.codeTree(around, day);
    } catch {
      return;
    }
    const beside = found.beside.length ? found.beside : [found];
    const siblings = beside.map((entry) => item(entry, entry.code === found.code && found.under.length ? found.under.map((c) => item(c)) : null));
    const top = found.beside.length ? [item(found.above[0], siblings)] : siblings;
    tree.replaceChildren(...top);
    const start = tree.querySelector(`[data-code="${CSS.escape(found.code)}"]`) || top[0];
    start.tabIndex = 0;
    if (start.scrollIntoView && !focus) start.scrollIntoView({ block: "nearest" });
    if (focus) start.focus();
  };
  tree.addEventListener("keydown", (event) => {
    const at = event.target.closest('[role="treeitem"]');
    if (!at) return;
    const shown = [...tree.querySelectorAll('[role="treeitem"]')].filter((one) => !one.parentElement.closest('[role="group"][hidden]'));
    const go = (one) => {
      if (!one) return;
      at.tabIndex = -1;
      one.tabIndex = 0;
      one.focus();
    };
    const isOpen = at.getAttribute("aria-expanded") === "true";
    const does = {
      ArrowDown: () => go(shown[shown.indexOf(at) + 1]),
      ArrowUp: () => (shown.indexOf(at) ? go(shown[shown.indexOf(at) - 1]) : input.focus()),
      ArrowRight: () => (at.entry.billable ? null : isOpen ? go(at.querySelector('[role="treeitem"]')) : toggle(at, true)),
      ArrowLeft: () => (isOpen ? toggle(at, false) : go(at.parentElement.closest('[role="treeitem"]'))),
      Enter: () => (at.entry.billable ? choose(at.entry.code) : toggle(at)),
      Escape: close,
    }[event.key];
    if (does && !event.ctrlKey) {
      event.preventDefault();
      event.stopPropagation();
      does();
    }
  });
  show([]);
  grow(code);
  input.focus();
}
