// The wall: one image is selected, arrows move, keys decide, and tiles show what the server has made of it.

import { decide } from "./decide.js";
import { onKeys } from "./keys.js";
import { listen, undo } from "./outbox.js";
import { fragment } from "./refresh.js";

const FILL_AFTER_MS = 2000;
const wall = document.getElementById("wall");
const panel = document.getElementById("panel");
const title = document.getElementById("bar-title");
let selected = null;

const tiles = () => (wall ? [...wall.children] : []);
const link = (tile) => tile?.querySelector(".tile-link");

function select(tile, { focus = true } = {}) {
  if (!tile) return;
  selected?.classList.remove("is-selected");
  for (const one of tiles()) link(one).tabIndex = one === tile ? 0 : -1;
  selected = tile;
  tile.classList.add("is-selected");
  title.textContent = tile.dataset.title;
  if (focus) {
    link(tile).focus({ preventScroll: true });
    tile.scrollIntoView({ block: "nearest" });
  }
}

function columns() {
  const [first, ...rest] = tiles();
  const next = rest.findIndex((tile) => tile.offsetTop > first.offsetTop);
  return next < 0 ? tiles().length : next + 1;
}

function move(by) {
  const all = tiles();
  if (!all.length) return false;
  const at = all.indexOf(selected);
  const to = at < 0 ? 0 : at + by;
  if (to >= all.length) document.querySelector('.pages [rel="next"]')?.click();
  else if (to < 0) document.querySelector('.pages [rel="prev"]')?.click();
  else select(all[to]);
}

async function act(kind) {
  if (kind === "undo") {
    undo();
    return;
  }
  const tile = selected ?? tiles()[0];
  if (!tile) return;
  select(tile, { focus: false });
  if (kind === "edit" || kind === "pick") {
    location.href = `${link(tile).href}#edit-own`;
    return;
  }
  const isDecided = await decide(tile, kind);
  if (isDecided && !kind.includes("favourite")) move(1);
  else select(selected);
}

function put(key, html) {
  const old = tiles().find((tile) => tile.dataset.key === key);
  const fresh = fragment(html).querySelector(".tile");
  if (!old || !fresh) return;
  const wasSelected = old === selected;
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(fresh);
  link(fresh).tabIndex = wasSelected ? 0 : -1;
  if (wasSelected) select(fresh, { focus: hadFocus });
}

listen(({ tiles: fresh, forgotten, waiting }) => {
  for (const [key, html] of Object.entries(fresh ?? {})) put(key, html);
  if (forgotten) change([forgotten.image_key]);
  if (waiting !== undefined) document.body.dataset.waiting = String(waiting);
});

onKeys({
  ArrowRight: () => move(1),
  ArrowLeft: () => move(-1),
  ArrowDown: () => move(Math.min(columns(), Math.max(1, tiles().length - 1 - tiles().indexOf(selected)))),
  ArrowUp: () => {
    const at = tiles().indexOf(selected);
    return at < columns() ? false : move(-columns());
  },
  Home: () => select(tiles()[0]),
  End: () => select(tiles().at(-1)),
  Enter: (event) => {
    if (!selected || event.target.closest("a, button, summary")) return false;
    link(selected).click();
  },
  a: () => act("approve"),
  r: () => act("reject"),
  s: () => act("regenerate"),
  e: () => act("edit"),
  f: () => act("favourite"),
  u: () => act("undo"),
  c: () => {
    if (selected) location.href = `/compare/${selected.dataset.key}`;
  },
});

document.getElementById("bar")?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) act(button.dataset.act);
});
wall?.addEventListener("focusin", (event) => {
  const tile = event.target.closest(".tile");
  if (tile && tile !== selected) select(tile, { focus: false });
});

// What runs change while the page is open: told by the live progress, on the document.
const CHANGED_AFTER_MS = 800;
const MOST_CHANGED = 100;
const changed = new Set();
let changedTimer = 0;

async function fetchChanged() {
  changedTimer = 0;
  const keys = [...changed].slice(0, MOST_CHANGED);
  for (const key of keys) changed.delete(key);
  const asked = new URLSearchParams(location.search);
  asked.set("keys", keys.join(","));
  const answer = await fetch(`/api/tiles?${asked}`, { credentials: "same-origin" });
  if (answer.ok) for (const [key, html] of Object.entries((await answer.json()).tiles)) put(key, html);
  if (changed.size) planChanged();
}

function planChanged() {
  changedTimer ||= setTimeout(() => fetchChanged().catch(() => {}), CHANGED_AFTER_MS);
}

function change(keys) {
  for (const key of keys) changed.add(key);
  if (changed.size) planChanged();
}

const shown = () => tiles().map((tile) => tile.dataset.key);
document.addEventListener("image-changed", ({ detail }) => change(shown().filter((key) => key === detail.key)));
document.addEventListener("images-changed", () => change(shown()));

// Coming back from an image, it is the one that is selected.
const named = tiles().find((tile) => tile.dataset.key === decodeURIComponent(location.hash.slice(1)));
select(named ?? tiles()[0], { focus: Boolean(named) });
if (named) named.scrollIntoView({ block: "center" });

async function fill() {
  const answer = await fetch(panel.dataset.src, { credentials: "same-origin" });
  if (answer.ok && !answer.redirected) panel.replaceChildren(fragment(await answer.text()));
}

// Where a collection stands is asked for again when that changes, but never under the hands of who fills in a form.
let fillTimer = 0;
function planFill() {
  fillTimer ||= setTimeout(() => {
    fillTimer = 0;
    if (panel.contains(document.activeElement) || panel.querySelector("details[open]")) planFill();
    else fill().catch(() => {});
  }, FILL_AFTER_MS);
}
if (panel) {
  fill().catch(() => {});
  document.addEventListener("progress-changed", planFill);
}
