// On every page: the colours, the list of keys, and the search field.

import { onKeys } from "./keys.js";
import { forget, keep, load } from "./store.js";
import "./outbox.js"; // decisions of an earlier page are sent from any page

const ORDER = ["auto", "light", "dark"];
const theme = document.getElementById("theme");
const help = document.getElementById("help");

function show(value) {
  if (value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  theme?.setAttribute("aria-label", `Colours: ${value === "auto" ? "as the system" : value}`);
  if (theme) theme.title = theme.getAttribute("aria-label");
}

show(load("review.theme") ?? "auto");
theme?.addEventListener("click", () => {
  const next = ORDER[(ORDER.indexOf(load("review.theme") ?? "auto") + 1) % ORDER.length];
  if (next === "auto") forget("review.theme");
  else keep("review.theme", next);
  show(next);
});
document.getElementById("help-open")?.addEventListener("click", () => help.showModal());

onKeys({
  "?": () => help.showModal(),
  "/": () => {
    const search = document.getElementById("search");
    if (!search) return false;
    search.focus();
    search.select();
  },
});
