// Variants: keys choose one, and a slider shows two of them in one place.

import { decide } from "./decide.js";
import { onKeys } from "./keys.js";
import { listen, undo } from "./outbox.js";
import { refresh } from "./refresh.js";

const byId = (name) => document.getElementById(name);
const range = byId("slider-range");

function slide() {
  const percent = Number(range.value);
  byId("slider-over").style.clipPath = `inset(0 ${100 - percent}% 0 0)`;
  byId("slider-line").style.left = `${percent}%`;
}

function load() {
  byId("slider-over").src = byId("slider-left").value;
  byId("slider-under").src = byId("slider-right").value;
  slide();
}

if (range) {
  load();
  range.addEventListener("input", slide);
  for (const side of ["left", "right"]) byId(`slider-${side}`).addEventListener("change", load);
}

addEventListener("submit", (event) => {
  const form = event.target.closest(".decide");
  if (!form) return;
  event.preventDefault();
  decide(form.closest(".variant"), "choose");
});
listen(({ outcomes, forgotten }) => {
  if (forgotten || outcomes) refresh();
});

const nudge = (by) => {
  if (!range) return false;
  range.value = String(Number(range.value) + by);
  slide();
};
const keys = {
  ArrowRight: () => nudge(5),
  ArrowLeft: () => nudge(-5),
  Escape: () => byId("up").click(),
  u: () => undo(),
};
for (let number = 1; number <= 9; number += 1) {
  keys[number] = () => {
    const variant = document.querySelector(`.variant[data-number="${number}"]:has(form)`);
    if (!variant) return false;
    decide(variant, "choose");
  };
}
onKeys(keys);
