/**
 * A reader of passports types a zone's lines with an Enter after each: the Enter after a first line
 * does not send the form. Lines of 44 and 36 characters come in twos, of 30 in threes.
 */
const BEGINNING = /^[A-Z][A-Z<][A-Z<]{3}[A-Z0-9<]+$/i;
const WHOLE_LINES = [30, 36, 44, 60];

export function isZoneBeginning(text: string): boolean {
  return WHOLE_LINES.includes(text.length) && text.includes("<") && BEGINNING.test(text);
}

export function keepZoneLines(): void {
  let kept = "";
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || !("scan" in field.dataset)) return;
    const text = field.value.trim();
    // Pressed again with nothing more: a person who wants to be told.
    if (!isZoneBeginning(text) || text === kept) return;
    kept = text;
    event.preventDefault();
  });
  document.addEventListener("submit", () => (kept = ""), { capture: true });
}
