/* Live progress: listens to /api/live, and puts what it hears into the page.

   <section data-live-collection="NAME">   listens to one collection; any other [data-live] in the page to all
   [data-live="progress:NAME:FIELD"]       FIELD: total, in_flight, waiting, phase, spent, held, left, or a state of
                                           images: done, missing, failed, held_back, lost, rejected
   [data-live="money:SCOPE:FIELD"]         FIELD: limit, usable, spent, held, unknown
   [data-live="waiting"]                   images of all collections that wait for a person
   [data-live="connection"]                whether the page hears anything
   On <progress> and <meter> the value is set, and with data-live-max="progress:NAME:total" the most there can be.
   [data-live-log]                         a list that gets a line per step of a paid call, the newest first
   [data-live-summary]                     a polite status that is renewed now and then

   On the document it dispatches `image-changed` with {key, state, reason, sha256} in `detail`, and
   `images-changed` where more has changed than is told one by one: reload what is shown. `progress-changed` says that
   counts, money or the phase of a collection are not what they were.
*/
(() => {
  "use strict";

  const MOST_LINES = 200;
  const FLUSH_MS = 1000;
  const SUMMARY_MS = 10000;
  const FIRST_RETRY_MS = 2000;
  const LONGEST_RETRY_MS = 60000;
  const FIELDS = ["total", "in_flight", "waiting", "phase", "spent", "held"];

  const section = document.querySelector("[data-live-collection]");
  const log = document.querySelector("[data-live-log]");
  const summary = document.querySelector("[data-live-summary]");
  if (!section && !log && !document.querySelector("[data-live]")) return;

  const values = new Map();
  let stream = null;
  let after = "";
  let retryMs = FIRST_RETRY_MS;
  let retryTimer = 0;
  let lines = [];
  let flushTimer = 0;
  let summaryTimer = 0;

  function set(path, value) {
    values.set(path, value);
  }

  function show() {
    for (const element of document.querySelectorAll("[data-live]")) {
      const most = values.get(element.dataset.liveMax);
      if (most !== undefined) element.max = Math.max(Number(most), 1);
      const value = values.get(element.dataset.live);
      if (value === undefined) continue;
      if (element instanceof HTMLProgressElement || element instanceof HTMLMeterElement) {
        element.value = Number(String(value).replace("$", ""));
      } else if (element.textContent !== String(value)) {
        element.textContent = value;
      }
    }
  }

  function progress(told) {
    set("waiting", told.waiting);
    for (const [name, one] of Object.entries(told.collections)) {
      for (const field of FIELDS) set(`progress:${name}:${field}`, one[field]);
      for (const field of ["spent", "held"]) set(`progress:${name}:${field}`, `$${one[field]}`);
      for (const state of ["done", "missing", "failed", "lost", "rejected"]) {
        set(`progress:${name}:${state}`, one.by_state[state] || 0);
      }
      // Money that is held and images that are held back must not have one name.
      set(`progress:${name}:held_back`, one.by_state.held || 0);
      set(`progress:${name}:left`, one.total - (one.by_state.done || 0));
    }
    show();
    summarise();
  }

  function money(told) {
    for (const [scope, one] of Object.entries(told.scopes)) {
      for (const [field, amount] of Object.entries(one)) set(`money:${scope}:${field}`, `$${amount}`);
    }
    show();
  }

  function line(one) {
    const item = document.createElement("li");
    item.className = `live-line live-${/^[a-z]+$/.test(one.state) ? one.state : "other"}`;
    const time = document.createElement("time");
    time.dateTime = one.time;
    time.textContent = new Date(one.time).toLocaleTimeString();
    const key = document.createElement("span");
    key.className = "live-key";
    key.textContent = one.image;
    const text = document.createElement("span");
    text.className = "live-text";
    text.textContent = one.text;
    item.append(time, key, text);
    return item;
  }

  function flush() {
    flushTimer = 0;
    if (!log) return;
    log.prepend(...lines.slice(-MOST_LINES).reverse().map(line));
    lines = [];
    while (log.children.length > MOST_LINES) log.lastElementChild.remove();
  }

  function summarise() {
    if (!summary || summaryTimer) return;
    const name = section && section.dataset.liveCollection;
    const done = values.get(`progress:${name}:done`);
    if (done === undefined) return;
    summary.textContent = `${done} of ${values.get(`progress:${name}:total`)} images are done,`
      + ` ${values.get(`progress:${name}:waiting`)} wait for review.`;
    summaryTimer = setTimeout(() => { summaryTimer = 0; summarise(); }, SUMMARY_MS);
  }

  function say(text, state) {
    set("connection", text);
    if (section) section.dataset.liveState = state;
    show();
  }

  function hear(name, act) {
    stream.addEventListener(name, (event) => {
      if (event.lastEventId) after = event.lastEventId;
      act(JSON.parse(event.data));
    });
  }

  function connect() {
    retryTimer = 0;
    const query = new URLSearchParams();
    if (section && section.dataset.liveCollection) query.set("collection", section.dataset.liveCollection);
    if (after) query.set("after", after);
    stream = new EventSource(`/api/live?${query}`);
    stream.onopen = () => { retryMs = FIRST_RETRY_MS; say("live", "on"); };
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) {
        say("connecting again", "off");
        return;
      }
      // The browser has given up: too many pages listen, the session has ended, or the server is gone.
      stream = null;
      say(`not live; trying again in ${Math.round(retryMs / 1000)} s`, "off");
      retryTimer = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    };
    hear("progress", (told) => {
      progress(told);
      document.dispatchEvent(new CustomEvent("progress-changed"));
    });
    hear("money", money);
    hear("log", (told) => {
      lines.push(...told);
      flushTimer = flushTimer || setTimeout(flush, FLUSH_MS);
    });
    hear("image", (detail) => document.dispatchEvent(new CustomEvent("image-changed", { detail })));
    hear("more", () => document.dispatchEvent(new CustomEvent("images-changed")));
    hear("well", () => say("live", "on"));
    hear("trouble", (told) => say(told.fix ? `${told.what}: ${told.fix}` : told.what, "off"));
  }

  // A browser opens few connections to one server, so a page that nobody sees takes none.
  function follow() {
    clearTimeout(retryTimer);
    if (document.hidden) {
      if (stream) stream.close();
      stream = null;
      say("paused while the page is hidden", "off");
    } else if (!stream) {
      connect();
    }
  }

  if (section) section.hidden = false;
  document.addEventListener("visibilitychange", follow);
  follow();
})();
