// Turns what a person does with an image into a decision, and shows it at once.

import { ask } from "./ask.js";
import { add, newId } from "./outbox.js";
import { tell } from "./notes.js";

const ASKS = new Set(["reject", "regenerate", "edit", "pick"]);

// `item` is the element that stands for the image; `more` is what else belongs to the decision.
export async function decide(item, kind, more = {}) {
  const { key, title, seen, after, state, favourite } = item.dataset;
  if (kind === "favourite" && favourite === "1") kind = "unfavourite";
  if (kind === "approve" && !["done", "rejected"].includes(state)) {
    tell(`${title} is ${state}, so there is nothing to approve yet.`, false);
    return false;
  }
  let decision = { image_key: key, kind, seen_sha256: seen || null, after: after || null, ...more };
  if (ASKS.has(kind)) {
    const filled = await ask(kind, title, decision);
    if (!filled) return false;
    decision = { ...decision, ...filled };
    if (kind === "pick") decision = { ...decision, prompt: "", negative_prompt: "" };
  }
  decision.decision_id = newId();
  // A dialog may have been open while an answer about this image came in.
  decision.after = item.dataset.after || null;
  mark(item, decision);
  add(decision);
  return true;
}

function mark(item, { kind, decision_id: id }) {
  item.classList.add("is-pending");
  if (kind === "favourite" || kind === "unfavourite") {
    item.dataset.favourite = kind === "favourite" ? "1" : "0";
    return;
  }
  item.dataset.after = id; // the next decision about it is made in the knowledge of this one
  item.classList.remove("is-approved", "is-rejected", "is-sent_back");
  const looks = { approve: "is-approved", choose: "is-approved", reject: "is-rejected" };
  item.classList.add(looks[kind] ?? "is-sent_back");
}
