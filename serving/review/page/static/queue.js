// The queue: claim a visit, give it back, open the next one.
import * as api from "./api.js";
import { $, say } from "./dom.js";
import { listen, openSheet } from "./keys.js";

const open = (id) => location.assign(`/visits/${encodeURIComponent(id)}`);

async function next() {
  try {
    open((await api.claimNext()).body.id);
  } catch (error) {
    say(error.kind === "queue_empty" ? "No visit waits. Well done." : error.message, { wrong: error.kind !== "queue_empty" });
  }
}

const DOES = {
  next,
  sheet: openSheet,
  async "log-off"() {
    await api.logOff();
    location.assign("/login");
  },
  async claim(button) {
    await api.claim(button.dataset.id, button.dataset.version);
    open(button.dataset.id);
  },
  async release(button) {
    await api.release(button.dataset.id, button.dataset.version);
    location.reload();
  },
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || !DOES[button.dataset.act]) return;
  try {
    await DOES[button.dataset.act](button);
  } catch (error) {
    say(error.status === 412 ? "The visit has changed meanwhile; load the page again." : error.message, { wrong: true });
  }
});
listen({ finish: next, sheet: openSheet });
if ($("#visits")) $("#visits").focus({ preventScroll: true });
