// The one place where UTF-16 offsets of the browser become the code points of the API, and back.
// A character outside the basic plane is one code point and two UTF-16 units; combining characters are code points of their own.

/** Code points before a UTF-16 offset of `text`; an offset inside a character counts as the one before it. */
export function toCodePoints(text, utf16) {
  let count = 0;
  for (let at = 0; at < utf16; count += 1) {
    at += text.codePointAt(at) > 0xffff ? 2 : 1;
    if (at > utf16) return count;
  }
  return count;
}

/** UTF-16 offset of a code point of `text`. */
export function toUtf16(text, codePoint) {
  let at = 0;
  for (let n = 0; n < codePoint && at < text.length; n += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

/** The selection inside one document's text, without blanks at its ends: `{number, start, end, quote}` in code points, or null. */
export function selected(selection = getSelection()) {
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const holder = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(".text");
  const text = holder(range.startContainer);
  if (!text || text !== holder(range.endContainer)) return null;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const words = range.toString();
  const lead = words.length - words.trimStart().length;
  const from = before.toString().length + lead;
  const quote = words.trim();
  if (!quote) return null;
  const whole = text.textContent;
  return {
    number: Number(text.dataset.document),
    start: toCodePoints(whole, from),
    end: toCodePoints(whole, from + quote.length),
    quote,
  };
}
