// The one dialog: asks for a note or a prompt, and shows what it will cost before anything is sent.

import { post } from "./http.js";

const dialog = document.getElementById("ask");
const form = document.getElementById("ask-form");
const element = (name) => document.getElementById(`ask-${name}`);
const PRICED = new Set(["regenerate", "edit", "pick"]);
const PRICE_AFTER_MS = 500;

const WORDS = {
  reject: ["Reject", "Why? You may leave it empty.", "Reject"],
  regenerate: ["Send back", "What should change? Those who write its next prompt will read it.", "Send back"],
  edit: ["Edit the prompt", "The image is made anew from exactly this.", "Make from this prompt"],
  pick: ["Pick another candidate", "The image is made anew from that prompt.", "Make from this candidate"],
};

let resolve = null;
let priced = 0;
let turn = 0; // goes up with all that a price could be asked for

// Returns what was filled in, or null where it was cancelled.
export function ask(kind, title, decision) {
  const [head, about, verb] = WORDS[kind];
  element("title").textContent = `${head}: ${title}`;
  element("about").textContent = about;
  element("ok").textContent = verb;
  element("prompt-label").hidden = kind !== "edit";
  element("negative-label").hidden = kind !== "edit";
  element("note-label").hidden = kind === "edit" || kind === "pick";
  element("prompt").required = kind === "edit";
  element("note").value = decision.note ?? "";
  element("prompt").value = decision.prompt ?? "";
  element("negative").value = decision.negative_prompt ?? "";
  element("price").textContent = "";
  element("ok").disabled = false;
  clearTimeout(priced);
  turn += 1;
  resolve?.(null); // one that was closed a moment ago, and is about to be told so
  dialog.returnValue = "cancel";
  dialog.showModal();
  (kind === "edit" ? element("prompt") : kind === "pick" ? element("ok") : element("note")).focus();
  if (PRICED.has(kind)) showPrice(decision, 0);
  form.oninput = () => {
    if (PRICED.has(kind)) showPrice({ ...decision, ...filled() }, PRICE_AFTER_MS);
  };
  return new Promise((done) => {
    resolve = done;
  });
}

function filled() {
  return {
    note: element("note").value.trim(),
    prompt: element("prompt").value.trim(),
    negative_prompt: element("negative").value.trim(),
  };
}

function showPrice(decision, afterMs) {
  turn += 1;
  clearTimeout(priced);
  element("ok").disabled = true; // nothing is sent before its price has been shown
  element("price").textContent = "Asking for the price …";
  priced = setTimeout(askPrice, afterMs, decision, turn);
}

async function askPrice(decision, asked) {
  const { sentence, problem } = await post("/api/price", { decision }).catch((error) => ({ problem: error.message }));
  if (asked !== turn) return; // it is about something else by now
  element("price").textContent = sentence ?? problem;
  element("ok").disabled = sentence === undefined;
}

dialog?.addEventListener("close", () => {
  if (dialog.open) return; // said late, of the time before
  clearTimeout(priced);
  resolve?.(dialog.returnValue === "ok" ? filled() : null);
  resolve = null;
});
form?.addEventListener("keydown", (event) => {
  const isPlain = event.target.tagName !== "TEXTAREA";
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey || (isPlain && event.target.tagName !== "BUTTON"))) {
    event.preventDefault();
    if (!element("ok").disabled) form.requestSubmit(element("ok"));
  }
});
