// Single keys that do something, unless somebody is typing or a dialog is open.

const TYPES_TEXT = new Set(["text", "search", "number", "password", "email", "url"]);

export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog:not([open])")) return false; // a field keeps the focus until the next frame
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target.tagName === "INPUT" && (TYPES_TEXT.has(target.type) || target.type === "range");
}

export function onKeys(actions) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action && action(event) !== false) event.preventDefault();
  });
}
