// What the pages ask of the service: every change carries the session's token, a key of its own, and the version that was read.
import { $ } from "./dom.js";

export class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail || problem.title || "the service refused");
    this.kind = (problem.type || "").split(":").pop();
    this.where = (problem.errors || []).map((e) => `${e.where}: ${e.what}`).join("; ");
    this.status = status;
  }
}

const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

async function answer(response) {
  const kind = response.headers.get("content-type") || "";
  const body = kind.includes("json") ? await response.json() : null;
  if (!response.ok) throw new Refused(body || {}, response.status);
  return { body, etag: response.headers.get("etag") };
}

export async function get(address) {
  return (await answer(await fetch(address, { headers: { accept: "application/json" } }))).body;
}

/** POST `body`; `version` goes out as If-Match. Resolves to `{body, etag}`; rejects with `Refused`. */
export async function post(address, body = {}, version = null) {
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    "idempotency-key": key(),
    "x-csrf-token": document.body.dataset.csrf,
  };
  if (version !== null) headers["if-match"] = `"${version}"`;
  let response;
  try {
    response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    // the same key again: if the first one arrived, the service answers with what it did then
    response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  }
  return answer(response);
}

const encounter = (id) => `/v1/encounters/${encodeURIComponent(id)}`;
const version = () => $("#rail")?.dataset.version ?? null;

export const rule = (id, word) => post(`${encounter(id)}/rulings`, word, version());
export const amend = (id, change) => post(`${encounter(id)}/amendments`, change, version());
export const enterLevel = (id, level, code) => post(`${encounter(id)}/level`, { level, code }, version());
export const decide = (id) => post(`${encounter(id)}/decisions`, {}, version());
export const reopen = (id, reason) => post(`${encounter(id)}/reopenings`, { reason }, version());
export const claim = (id, at) => post(`${encounter(id)}/claim`, {}, at);
export const release = (id, at) => post(`${encounter(id)}/release`, {}, at);
export const claimNext = () => post("/v1/queue/next");
export const proposal = (id) => get(`${encounter(id)}/proposal`);
export const searchCodes = (words, day) => get(`/codes?q=${encodeURIComponent(words)}&date=${day}`);
export const codeTree = (code, day) => get(`/codes/${encodeURIComponent(code)}?date=${day}`);
