// Decisions on their way: kept until the server has answered, sent in batches, sent again after a failure or a reload.
// Each has an id made here, so sending one twice counts once. Each is kept under a name of its own, as other pages keep
// theirs beside it; what is not there any more, another page has sent or forgotten.

import { meta, post, Refused } from "./http.js";
import { tell } from "./notes.js";
import { forget, keep, load, names } from "./store.js";

const SEND_AFTER_MS = 900;
const AGAIN_AFTER_MS = [2000, 5000, 15000, 30000];
const MOST_AT_ONCE = 50;
const UNDO_DEPTH = 100;
const TOLD_EACH = 2;
// Browsers carry no more than this past the end of a page.
const KEEPALIVE_BYTES = 60000;

const whose = `${meta("review-project")}.${meta("review-reviewer")}`;
const NAME = `review.outbox.${whose}.`;
const DONE = `review.done.${whose}`;

let waiting = names(NAME)
  .filter((name) => !name.slice(NAME.length).includes(".")) // those of Ada.L begin like Ada's
  .map(read)
  .filter(Boolean)
  .sort((one, other) => one.at - other.at);
let done = read(DONE) ?? [];
let timer = null;
let failures = 0;
let isSending = false;
let listener = () => {};

function read(name) {
  try {
    return JSON.parse(load(name));
  } catch {
    return null;
  }
}

const nameOf = (decision) => NAME + decision.decision_id;

function save(decisions) {
  for (const one of decisions) keep(nameOf(one), JSON.stringify(one));
  listener({ waiting: waiting.length });
}

function drop(isOut) {
  for (const one of waiting.filter(isOut)) forget(nameOf(one));
  waiting = waiting.filter((one) => !isOut(one));
  listener({ waiting: waiting.length });
}

// As they are kept now, by whichever page.
function look() {
  waiting = waiting.map((one) => read(nameOf(one))).filter(Boolean);
}

// From here on only the server can say whether they count.
function markSent(decisions) {
  for (const one of decisions) one.is_sent = true;
  save(decisions);
}

function keepDone() {
  keep(DONE, JSON.stringify(done.slice(-UNDO_DEPTH)));
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
  // In the order in which they were made.
  waiting.push({ ...decision, at: Math.max(Date.now(), 1 + (waiting.at(-1)?.at ?? 0)) });
  save(waiting.slice(-1));
  plan(SEND_AFTER_MS);
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
  if (isSending) return;
  look();
  if (!waiting.length) return;
  isSending = true;
  const sent = batch();
  markSent(sent);
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
  const refused = new Set();
  const taken = answer.outcomes.filter((outcome) => outcome.is_taken);
  done.push(...taken.map((outcome) => outcome.decision_id));
  keepDone();
  if (taken.length > TOLD_EACH) tell(`${taken.length} decisions are taken.`);
  else for (const outcome of taken) tell(outcome.message);
  for (const outcome of answer.outcomes.filter((one) => !one.is_taken)) {
    refused.add(outcome.image_key);
    tell(outcome.message, false);
  }
  // What was decided on top of a decision that does not count was decided about something else.
  drop((one) => ids.has(one.decision_id) || refused.has(one.image_key));
  listener(answer);
}

function fail(sent, error) {
  if (error instanceof Refused && error.status >= 400 && error.status < 500 && ![401, 403, 408, 429].includes(error.status)) {
    // It will never be taken as it is; keeping it would block all others.
    const ids = new Set(sent.map((one) => one.decision_id));
    drop((one) => ids.has(one.decision_id));
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
  look();
  const latest = waiting.at(-1);
  if (latest && !latest.is_sent) {
    drop((one) => one === latest);
    listener({ forgotten: latest });
    return;
  }
  if (latest) {
    tell("One moment: decisions are being sent.", false);
    flush();
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
    keepDone();
    listener({ ...answer, undone: true });
  } catch (error) {
    done.push(last);
    tell(error.message, false);
  }
}

addEventListener("pagehide", () => {
  look();
  if (isSending || !waiting.length) return;
  const sent = batch();
  if (JSON.stringify(sent).length > KEEPALIVE_BYTES) return; // they are kept, and sent by the next page
  markSent(sent);
  post("/api/decisions", { decisions: sent }, { keepalive: true }).catch(() => {});
});
addEventListener("online", () => flush());
if (waiting.length) plan(SEND_AFTER_MS);
