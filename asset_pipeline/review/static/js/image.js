// One image: zoom, the dialog for what costs money, and the facts as they are after a decision.

import { decide } from "./decide.js";
import { onKeys } from "./keys.js";
import { listen, undo } from "./outbox.js";
import { reload } from "./notes.js";
import { refresh } from "./refresh.js";

const image = document.getElementById("image");
const stage = document.getElementById("stage");
const picture = document.getElementById("picture");
const zoom = document.getElementById("zoom");
const STEPS = [0, 0.5, 1, 2, 3, 4, 8];
const PIXELS_FROM = 3;

function showZoom() {
  const times = STEPS[Number(zoom.value)];
  stage.classList.toggle("is-zoomed", times > 0);
  stage.classList.toggle("is-large-pixels", times >= PIXELS_FROM);
  picture.style.width = times ? `${picture.naturalWidth * times}px` : "";
  const said = times ? `${times * 100} %` : "fits";
  document.getElementById("zoom-said").textContent = said;
  zoom.setAttribute("aria-valuetext", said);
}
zoom?.addEventListener("input", showZoom);

function dragging() {
  let from = null;
  stage.addEventListener("pointerdown", (event) => {
    if (!stage.classList.contains("is-zoomed") || event.pointerType !== "mouse") return;
    from = { x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (from) stage.scrollTo(from.x - event.clientX, from.y - event.clientY);
  });
  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, () => (from = null));
}
if (stage && picture) dragging();

function openEditor() {
  const editor = document.getElementById("edit-own");
  if (!editor) return false;
  editor.open = true;
  editor.scrollIntoView({ block: "center" });
  document.getElementById("own-prompt").focus();
}

function pick(number) {
  const candidate = document.querySelector(`[data-candidate][data-number="${number}"]:has(form)`);
  if (!candidate) return false;
  decide(image, "pick", { candidate: Number(candidate.dataset.candidate) });
}

function act(kind) {
  if (kind === "undo") undo();
  else if (kind === "edit") openEditor();
  else decide(image, kind);
}

// The forms work by themselves; with scripts, what they ask is asked in place, and sent with the others.
addEventListener("submit", (event) => {
  const form = event.target.closest(".decide");
  if (!form) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  const more = {};
  if (fields.prompt !== undefined) Object.assign(more, { prompt: fields.prompt, negative_prompt: fields.negative_prompt });
  if (fields.candidate !== undefined) more.candidate = Number(fields.candidate);
  decide(image, form.dataset.kind, more);
});
document.getElementById("bar").addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) act(button.dataset.act);
});

listen(async ({ outcomes, forgotten }) => {
  if (!outcomes && !forgotten) return;
  if (forgotten && forgotten.image_key !== image.dataset.key) return;
  const fresh = (await refresh())?.getElementById("image");
  if (!fresh) return;
  image.classList.remove("is-pending");
  const hasNewPicture = fresh.dataset.seen !== image.dataset.seen || fresh.dataset.state !== image.dataset.state;
  Object.assign(image.dataset, fresh.dataset);
  if (hasNewPicture) reload();
});

const follow = (id) => {
  const link = document.getElementById(id);
  if (!link) return false;
  link.click();
};
const keys = {
  ArrowRight: () => (document.activeElement === stage ? false : follow("following")),
  ArrowLeft: () => (document.activeElement === stage ? false : follow("previous")),
  Escape: () => follow("up"),
  c: () => follow("compare"),
  z: () => {
    if (!zoom) return false;
    zoom.value = zoom.value === "0" ? "3" : "0";
    showZoom();
  },
  a: () => act("approve"),
  r: () => act("reject"),
  s: () => act("regenerate"),
  e: () => act("edit"),
  f: () => act("favourite"),
  u: () => act("undo"),
};
for (let number = 1; number <= 9; number += 1) keys[number] = () => pick(number);
onKeys(keys);
if (location.hash === "#edit-own") openEditor();
