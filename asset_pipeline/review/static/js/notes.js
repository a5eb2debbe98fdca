// Tells what has happened, aloud to those who listen.

const LASTS_MS = 8000;
const MOST = 4;

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
