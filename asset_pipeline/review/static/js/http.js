// Asks the server, with what shows that it is a page of this session that asks.

export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? "";
}

export class Refused extends Error {
  constructor(status, said) {
    super(said);
    this.status = status;
  }
}

export async function post(path, value, { keepalive = false } = {}) {
  const answer = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    keepalive,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": meta("csrf-token") },
    body: JSON.stringify(value),
  });
  if (!answer.ok) {
    const text = await answer.text();
    let said = text.trim();
    try {
      const { error, fix } = JSON.parse(text);
      said = fix ? `${error} – ${fix}` : error;
    } catch {
      // Plain text already.
    }
    throw new Refused(answer.status, said || `The server answered ${answer.status}.`);
  }
  return answer.json();
}
