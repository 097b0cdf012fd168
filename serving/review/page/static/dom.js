// The few ways in which these pages touch the document. A string is only ever set as text; nothing here makes markup of one.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element with attributes, listeners (`onclick`) and children; strings become text nodes. */
export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

let clearing = 0;

/** Tell the person something, aloud too; what is wrong stays until the next message. */
export function say(text, { wrong = false } = {}) {
  const said = $("#said");
  said.textContent = text;
  said.classList.toggle("wrong", wrong);
  clearTimeout(clearing);
  if (!wrong) clearing = setTimeout(() => { said.textContent = ""; }, 5000);
}

/** A page of ours as a document: the browser parses it without running anything, and no string becomes markup here. */
export function fetchDocument(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.onload = () => {
      if (request.status === 200 && request.response && !request.responseURL.includes("/login")) resolve(request.response);
      else reject(Object.assign(new Error("the page could not be loaded again; log in anew"), { status: request.status }));
    };
    request.onerror = () => reject(new Error("the service does not answer; nothing is lost, try again"));
    request.send();
  });
}
