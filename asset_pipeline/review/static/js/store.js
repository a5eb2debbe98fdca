// What the browser keeps between pages; where it may keep nothing, all works as long as the page is open.

const memory = new Map();

export function load(name) {
  if (memory.has(name)) return memory.get(name);
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

// The names that begin like this, of this page and of others.
export function names(beginning) {
  let kept = [];
  try {
    kept = Object.keys(localStorage);
  } catch {
    // Nothing was kept.
  }
  return [...new Set([...kept, ...memory.keys()])].filter((name) => name.startsWith(beginning));
}

export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
    memory.delete(name);
  } catch {
    memory.set(name, value); // full, or not allowed
  }
}

export function forget(name) {
  memory.delete(name);
  try {
    localStorage.removeItem(name);
  } catch {
    // Nothing was kept.
  }
}
