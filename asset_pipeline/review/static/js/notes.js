// Tells what has happened, aloud to those who listen.

const LASTS_MS = 8000;
const MOST = 4;
const CARRIED = "review.notes";

export function tell(text, isGood = true) {
  const place = document.getElementById("notes");
  if (!place) return;
  const note = document.createElement("p");
  note.className = `note ${isGood ? "note-good" : "note-bad"}`;
  note.textContent = text;
  place.append(note);
  while (place.children.length > MOST) place.firstElementChild.remove();
  if (isGood) setTimeout(() => note.remove(), LASTS_MS);
}

// Loads the page anew, and tells there what is told here.
export function reload() {
  const told = [...document.querySelectorAll("#notes .note")];
  try {
    sessionStorage.setItem(CARRIED, JSON.stringify(told.map((note) => [note.textContent, !note.classList.contains("note-bad")])));
  } catch {
    // Without storage it is told only here.
  }
  location.reload();
}

try {
  const carried = JSON.parse(sessionStorage.getItem(CARRIED) ?? "[]");
  sessionStorage.removeItem(CARRIED);
  for (const [text, isGood] of carried) tell(text, isGood);
} catch {
  // Nothing was carried.
}
