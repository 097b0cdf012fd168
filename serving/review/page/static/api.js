// What the pages ask of the service: every change carries the session's token, a key of its own, and the version that was read.
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

/** Send `body`; `version` goes out as If-Match. Resolves to `{body, etag}`; rejects with `Refused`. */
export async function send(method, address, body = {}, version = null) {
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    "idempotency-key": key(),
    "x-csrf-token": document.body.dataset.csrf || "",
  };
  if (version !== null) headers["if-match"] = `"${version}"`;
  const once = () => fetch(address, { method, headers, body: body === null ? null : JSON.stringify(body) });
  let response;
  try {
    response = await once();
  } catch {
    // the same key again: if the first one arrived, the service answers with what it did then
    response = await once().catch(() => { throw new Error("The service does not answer. Nothing that was acknowledged is lost; try again."); });
  }
  return answer(response);
}

const encounter = (id) => `/v1/encounters/${encodeURIComponent(id)}`;
const version = () => document.querySelector("#rail")?.dataset.version ?? null;

export const logIn = (login, password) => send("PUT", "/v1/session", { login, password });
export const logOff = () => send("DELETE", "/v1/session", null);
export const rule = (id, word) => send("POST", `${encounter(id)}/rulings`, word, version());
export const place = (id, where) => send("POST", `${encounter(id)}/order`, where, version());
export const amend = (id, change) => send("POST", `${encounter(id)}/amendments`, change, version());
export const enterLevel = (id, level, code) => send("POST", `${encounter(id)}/level`, { level, code }, version());
export const decide = (id) => send("POST", `${encounter(id)}/decision`, {}, version());
export const reopen = (id, reason) => send("POST", `${encounter(id)}/reopening`, { reason }, version());
export const claim = (id, at) => send("POST", `${encounter(id)}/claim`, null, at);
export const release = (id, at) => send("DELETE", `${encounter(id)}/claim`, null, at);
export const claimNext = () => send("POST", "/v1/queue/claims", null);
export const proposal = (id) => get(`${encounter(id)}/proposal`);
export const searchCodes = (words, day) => get(`/v1/codes?q=${encodeURIComponent(words)}&date=${day}&limit=30`);
export const codeTree = (code, day) => get(`/v1/codes/${encodeURIComponent(code)}?date=${day}`);
