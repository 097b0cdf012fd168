// Logging in: the service opens the session, and the browser goes on to where the person wanted to be.
import * as api from "./api.js";
import { $ } from "./dom.js";

function wanted() {
  const next = new URL(new URLSearchParams(location.search).get("next") || "/queue", location.origin);
  return next.origin === location.origin && !next.pathname.startsWith("/login") ? next.pathname + next.search : "/queue";
}

$("#log-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = $("#problem");
  problem.hidden = true;
  try {
    await api.logIn($("#login").value.trim(), $("#password").value);
    location.assign(wanted());
  } catch (error) {
    problem.textContent = error.kind === "wrong_login" ? "Name and password do not go together." : error.message;
    problem.hidden = false;
    $("#password").select();
  }
});
