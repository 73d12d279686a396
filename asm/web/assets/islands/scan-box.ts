/**
 * The resting scan box. A keyboard-wedge scanner is only a very fast typist, so the box listens to
 * `input` (what the letters became) and never to key presses: key buffers lose Vietnamese letters.
 */
const QUIET_MS = 120;
const SHORTEST_CARD = 30;
const BURST_DIGITS = 5;
const BURST_MS = 45;

const box = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>("[data-scan]");

/** Seven parts, or the eleven of the newer card; the date of issue closes the last filled one. */
export function looksWhole(text: string): boolean {
  return text.length >= SHORTEST_CARD && /\|\s*\d{8}\s*\|*\s*$/.test(text) && text.split("|").length >= 7;
}

/** Read the card as soon as the scanner falls silent, with or without its Enter. */
export function readWhenWhole(): void {
  let timer = 0;
  const wait = (field: HTMLInputElement): void => {
    clearTimeout(timer);
    if (!looksWhole(field.value)) return;
    timer = setTimeout(() => field.form?.requestSubmit(), QUIET_MS);
  };
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field instanceof HTMLInputElement && field === box()) wait(field);
  });
  // The scanner's own Enter has sent it: not a second time.
  document.addEventListener("submit", () => clearTimeout(timer), { capture: true });
  // A card scanned before this script was there.
  const early = box();
  if (early && early.value !== early.defaultValue) wait(early);
}

let answering = false;
let known = ""; // what the box holds that the server knows of
let meanwhile = "";
let received: Element | null = null;

/** What is scanned while the server answers waits here: the answer brings another box. */
export function keepScansMeanwhile(): void {
  document.addEventListener("htmx:before:request", (event) => {
    const field = box();
    if (!field) return;
    answering = true;
    const own = event.target === field.form;
    known = own ? field.value : field.defaultValue;
    // The next scan takes the place of this one instead of following it.
    if (own && document.activeElement === field) field.select();
  });
  document.addEventListener("htmx:before:swap", () => {
    const field = box();
    meanwhile = field && field.value !== known ? field.value : "";
  });
  document.addEventListener("htmx:finally:request", () => (answering = false));
  const wait = (event: Event): void => {
    if (!answering || event.target !== box()?.form) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("submit", wait, { capture: true });
}

/** Put it into the new box. It is read when nobody else's particulars stand in the form: at once, or
 * once they have been sent.
 */
export function takeUpScans(): void {
  // Nobody has had the time to see what was said of the guest before.
  if (received && !document.querySelector("#desk .sent")) document.querySelector(".desk-columns")?.before(received);
  received = null;
  const field = box();
  if (!field || !meanwhile) return;
  field.value = meanwhile;
  meanwhile = "";
  const name = document.querySelector<HTMLInputElement>("#stay-form [name=full_name]");
  if (name?.value || document.querySelector(".error-summary")) return;
  received = document.querySelector("#desk .sent");
  answering = false;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

interface Burst {
  digits: string;
  startedAt: number;
  field: HTMLInputElement | HTMLTextAreaElement | null;
  before: string;
}

/**
 * A scan that begins while the focus is elsewhere: five digits within 45 ms are a machine, never a
 * person. The field gets its earlier text back and the rest of the scan lands in the box.
 */
export function rescueStrayScans(): void {
  let burst: Burst | null = null;
  document.addEventListener("keydown", (event) => {
    const target = box();
    if (!target || event.target === target || event.isComposing || !/^[0-9]$/.test(event.key)) {
      burst = null;
      return;
    }
    // When the key was struck: a busy page gets the slow keys of a person all at once.
    const now = event.timeStamp;
    if (!burst || now - burst.startedAt > BURST_MS) burst = startBurst(event.target, now);
    burst.digits += event.key;
    if (burst.digits.length < BURST_DIGITS) return;
    event.preventDefault();
    if (burst.field) burst.field.value = burst.before;
    target.value = burst.digits;
    target.focus();
    target.setSelectionRange(target.value.length, target.value.length);
    burst = null;
  });
}

function startBurst(target: EventTarget | null, now: number): Burst {
  const field = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : null;
  return { digits: "", startedAt: now, field, before: field?.value ?? "" };
}
