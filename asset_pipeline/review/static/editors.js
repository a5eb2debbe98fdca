/* The editor of prompt files: a preview while one types, and a warning before what is not saved is left. Everything works
   without this too, by the form's buttons. */
(() => {
  "use strict";

  const form = document.querySelector("form.editor");
  if (!form) return;
  const WAIT_MS = 500;
  const text = form.querySelector("textarea");
  const image = form.querySelector("select[name=image]");
  const preview = document.getElementById("preview");
  const state = form.querySelector("[data-editor-state]");
  const csrf = document.querySelector("meta[name=csrf-token]");
  const opened = text.value;
  let isChanged = form.hasAttribute("data-changed");
  let isLeaving = false;
  let timer = 0;
  let asked = 0;

  function say(words) {
    state.textContent = words;
  }

  async function show() {
    const turn = ++asked;
    say("previewing …");
    try {
      const answer = await fetch("/api/prompts/preview", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf ? csrf.content : "" },
        body: JSON.stringify({ name: form.dataset.name, text: text.value, image: image ? image.value : "" }),
      });
      if (turn !== asked) return; // a later text is on its way
      if (!answer.ok) {
        say(answer.status === 401 || answer.status === 403 ? "your session has ended: keep a copy, sign in, come back"
          : `no preview (${answer.status})`);
        return;
      }
      const told = await answer.json();
      // Written and escaped by the server.
      preview.innerHTML = told.html;
      const left = isChanged ? "not saved" : "";
      say(told.problems.length ? `${told.problems.length} ${told.problems.length === 1 ? "problem" : "problems"}` : left);
    } catch (error) {
      if (turn === asked) say("no preview: the server does not answer");
    }
  }

  function soon(waitMs) {
    clearTimeout(timer);
    timer = setTimeout(show, waitMs);
  }

  function goToLine(number) {
    const lines = text.value.split("\n");
    const from = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(from, from + (lines[number - 1] || "").length);
    text.scrollTop = (text.scrollHeight / lines.length) * Math.max(number - 5, 0);
  }

  text.addEventListener("input", () => {
    isChanged = form.hasAttribute("data-changed") || text.value !== opened;
    say(isChanged ? "not saved" : "");
    soon(WAIT_MS);
  });
  if (image) image.addEventListener("change", () => soon(0));
  preview.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    goToLine(Number(link.dataset.line));
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      form.querySelector("button[value=save]").click();
    }
  });
  form.addEventListener("submit", () => { isLeaving = true; });
  window.addEventListener("pageshow", () => { isLeaving = false; });
  window.addEventListener("beforeunload", (event) => {
    if (isChanged && !isLeaving) event.preventDefault();
  });
})();
