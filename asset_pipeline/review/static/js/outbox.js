// Decisions on their way: kept until the server has answered, sent in batches, sent again after a failure or a reload.
// Each has an id made here, so sending one twice counts once.

import { meta, post, Refused } from "./http.js";
import { tell } from "./notes.js";
import { forget, keep, load } from "./store.js";

const SEND_AFTER_MS = 900;
const AGAIN_AFTER_MS = [2000, 5000, 15000, 30000];
const MOST_AT_ONCE = 50;
const UNDO_DEPTH = 100;
const TOLD_EACH = 2;
// Browsers carry no more than this past the end of a page.
const KEEPALIVE_BYTES = 60000;

const whose = `${meta("review-project")}.${meta("review-reviewer")}`;
const NAME = `review.outbox.${whose}`;
const DONE = `review.done.${whose}`;

let waiting = read(NAME);
let done = read(DONE);
let timer = null;
let failures = 0;
let isSending = false;
let listener = () => {};

function read(name) {
  try {
    const value = JSON.parse(load(name) ?? "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function save() {
  if (waiting.length) keep(NAME, JSON.stringify(waiting));
  else forget(NAME);
  keep(DONE, JSON.stringify(done.slice(-UNDO_DEPTH)));
  listener({ waiting: waiting.length });
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

// `listen` is told of answers: {outcomes, tiles}, and of how many decisions wait: {waiting}.
export function listen(hear) {
  listener = hear;
  listener({ waiting: waiting.length });
}

export function add(decision) {
  waiting.push(decision);
  save();
  plan(SEND_AFTER_MS);
}

export function pending(key) {
  return waiting.filter((one) => one.image_key === key);
}

function plan(afterMs) {
  clearTimeout(timer);
  timer = setTimeout(flush, afterMs);
}

// One decision per image: the next about the same image waits until the server has taken the one before.
function batch() {
  const seen = new Set();
  return waiting
    .filter((one) => !seen.has(one.image_key) && seen.add(one.image_key))
    .slice(0, MOST_AT_ONCE);
}

function query() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

export async function flush({ keepalive = false } = {}) {
  clearTimeout(timer);
  if (isSending || !waiting.length) return;
  isSending = true;
  const sent = batch();
  try {
    const answer = await post("/api/decisions", { decisions: sent, query: query() }, { keepalive });
    failures = 0;
    settle(sent, answer);
  } catch (error) {
    fail(sent, error);
  } finally {
    isSending = false;
  }
  if (waiting.length) plan(failures ? AGAIN_AFTER_MS[Math.min(failures, AGAIN_AFTER_MS.length) - 1] : 0);
}

function settle(sent, answer) {
  const ids = new Set(sent.map((one) => one.decision_id));
  waiting = waiting.filter((one) => !ids.has(one.decision_id));
  const refused = new Set();
  const taken = answer.outcomes.filter((outcome) => outcome.is_taken);
  done.push(...taken.map((outcome) => outcome.decision_id));
  if (taken.length > TOLD_EACH) tell(`${taken.length} decisions are taken.`);
  else for (const outcome of taken) tell(outcome.message);
  for (const outcome of answer.outcomes.filter((one) => !one.is_taken)) {
    refused.add(outcome.image_key);
    tell(outcome.message, false);
  }
  // What was decided on top of a decision that does not count was decided about something else.
  waiting = waiting.filter((one) => !refused.has(one.image_key));
  save();
  listener(answer);
}

function fail(sent, error) {
  if (error instanceof Refused && error.status >= 400 && error.status < 500 && ![401, 403, 408, 429].includes(error.status)) {
    // It will never be taken as it is; keeping it would block all others.
    const ids = new Set(sent.map((one) => one.decision_id));
    waiting = waiting.filter((one) => !ids.has(one.decision_id));
    save();
    tell(error.message, false);
    return;
  }
  failures += 1;
  if (failures === 1) {
    const why = error instanceof Refused ? error.message : "The server cannot be reached.";
    tell(`${why} ${waiting.length} decisions are kept here and will be sent again.`, false);
  }
}

// Takes the last decision back: one that was not sent yet is forgotten, one that was is undone by the server.
export async function undo() {
  if (waiting.length && !isSending) {
    const last = waiting.pop();
    save();
    listener({ forgotten: last });
    return;
  }
  if (isSending) {
    tell("One moment: decisions are being sent.", false);
    return;
  }
  const last = done.pop();
  if (!last) {
    tell("There is nothing to take back here.", false);
    return;
  }
  try {
    const answer = await post("/api/undo", { decision_ids: [last], query: query() });
    for (const outcome of answer.outcomes) tell(outcome.message, outcome.is_taken);
    save();
    listener({ ...answer, undone: true });
  } catch (error) {
    done.push(last);
    tell(error.message, false);
  }
}

addEventListener("pagehide", () => {
  if (isSending || !waiting.length) return;
  const sent = batch();
  if (JSON.stringify(sent).length > KEEPALIVE_BYTES) return; // they are kept, and sent by the next page
  post("/api/decisions", { decisions: sent }, { keepalive: true }).catch(() => {});
});
addEventListener("online", () => flush());
if (waiting.length) plan(SEND_AFTER_MS);
