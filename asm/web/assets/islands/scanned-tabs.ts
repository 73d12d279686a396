/**
 * On some keyboards a scanner's `|` is the Tab key, which would leave the box in the middle of a card.
 * Right after a key of the same burst, behind a card's number, it is a sign like any other.
 */
const BURST_MS = 45;
const NUMBER_BEFORE = /^\D{0,10}\d{12}(?!\d|\|)/;

export function keepScannedTabs(): void {
  let last = 0;
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !("scan" in field.dataset)) return;
    const quick = event.timeStamp - last < BURST_MS;
    last = event.timeStamp;
    if (event.key !== "Tab" || event.shiftKey || !quick || !NUMBER_BEFORE.test(field.value)) return;
    event.preventDefault();
    field.setRangeText("\t", field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
  });
}
