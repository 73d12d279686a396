/**
 * The resting scan box. A keyboard-wedge scanner is only a very fast typist, so what it typed is taken
 * from `input` (what the letters became), never from key presses: key buffers lose Vietnamese letters.
 * Key presses tell when, and whether it was Enter or Tab.
 */
import { box, form, typeInto } from "./desk-parts";
import { isBusy, read, readBeforeSending, takeBack, typeAhead } from "./one-at-a-time";
import { isZoneLine, split, startOf } from "./scan-text";

const QUIET_MS = 120;
/** How long after its line a zone's reader may be silent before the next one. */
const NEXT_LINE_MS = 400;
const BURST_KEYS = 5;
/** Five keys within it are a machine, never a person; so is one that follows another so soon. */
const BURST_MS = 45;
/** Nobody strikes Enter so soon after a card was read: it belongs to the scanner. */
const SUFFIX_MS = 200;

let timer = 0;
let struckAt = 0; // the last key in the box
let gap = Infinity; // between it and the one before
let heldLine = "";
let cameMeanwhile = false; // what is in the box, or the beginning of it, came while the server was asked
let scannedAt = -Infinity; // the last key of a scan whose closing Enter or Tab has not come

/** Read the card as soon as the scanner falls silent, with or without its Enter. */
export function readWhenWhole(): void {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement)) return;
    if (field === box()) lookAt(field);
    else if (field.form === form()) takeOut(field);
  });
  document.addEventListener("keydown", onKey, { capture: true });
  // Enter in the room before the box fell silent.
  document.addEventListener(
    "submit",
    (event) => {
      if (timer && event.target === form()) readNow(readBeforeSending);
    },
    { capture: true },
  );
  // A card scanned before this script was there.
  const early = box();
  if (early && early.value !== early.defaultValue) lookAt(early);
}

function lookAt(field: HTMLInputElement): void {
  stop();
  if (!field.value) cameMeanwhile = false;
  else if (isBusy()) cameMeanwhile = true;
  const { scan, rest, sure } = split(field.value);
  if (!scan) return;
  if (rest && (sure || gap > BURST_MS)) {
    field.value = scan;
    readNow();
    scannedAt = -Infinity;
    typeAhead(rest);
    return;
  }
  if (!rest) timer = setTimeout(() => readNow(), QUIET_MS);
}

/** A scan in another field: of a scanner too slow for the burst below, or put in as one piece. */
function takeOut(field: HTMLInputElement): void {
  const target = box();
  const start = startOf(field.value);
  if (!target || start < 0 || !split(field.value.slice(start)).scan) return;
  target.value = field.value.slice(start);
  field.value = field.value.slice(0, start);
  target.focus();
  lookAt(target);
}

function stop(): void {
  clearTimeout(timer);
  timer = 0;
}

function readNow(how = read): void {
  stop();
  const meanwhile = cameMeanwhile;
  cameMeanwhile = false;
  heldLine = "";
  scannedAt = struckAt;
  gap = Infinity;
  struckAt = -Infinity;
  how(meanwhile);
}

function onKey(event: KeyboardEvent): void {
  const field = box();
  if (!field || event.isComposing || ["Shift", "Control", "Alt", "AltGraph", "CapsLock"].includes(event.key)) return;
  if (event.target !== field) return takeSuffix(event);
  gap = event.timeStamp - struckAt;
  struckAt = event.timeStamp;
  if (event.key === "Enter") {
    event.preventDefault();
    onEnter(field);
  } else if (event.key === "Tab" && !event.shiftKey && field.value) {
    onTab(event, field);
  }
}

function onEnter(field: HTMLInputElement): void {
  const byMachine = gap <= BURST_MS;
  if (field.value !== heldLine && isZoneLine(field.value, byMachine)) {
    stop();
    if (/\S$/.test(field.value)) typeInto(field, " ");
    heldLine = field.value;
    if (byMachine) timer = setTimeout(() => readNow(), NEXT_LINE_MS);
    return;
  }
  readNow();
  scannedAt = -Infinity;
}

/** A scanner's closing Tab; or the bar, where the keyboard's layout makes a Tab of it. */
function onTab(event: KeyboardEvent, field: HTMLInputElement): void {
  if (split(field.value).scan) {
    event.preventDefault();
    readNow();
    scannedAt = -Infinity;
  } else if (gap <= BURST_MS) {
    event.preventDefault();
    typeInto(field, "\t");
  }
}

/** A scanner that is slow to close its text: the focus is in the room already. */
function takeSuffix(event: KeyboardEvent): void {
  const late = event.timeStamp - scannedAt;
  scannedAt = -Infinity;
  if (late > SUFFIX_MS || !["Enter", "Tab"].includes(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

interface Burst {
  keys: string;
  times: number[];
  field: Field | null;
  before: string;
}

/**
 * A scan that begins while the focus is elsewhere. The field gets its earlier text back and the rest
 * of the scan lands in the box.
 */
export function rescueStrayScans(): void {
  let burst: Burst | null = null;
  document.addEventListener("keydown", (event) => {
    const target = box();
    if (event.key === "Shift") return;
    if (!target || event.target === target || event.isComposing || !/^[A-Z0-9<]$/i.test(event.key)) {
      burst = null;
      return;
    }
    // When the key was struck: a busy page gets the slow keys of a person all at once.
    const now = event.timeStamp;
    if (!burst || now - (burst.times.at(-1) ?? 0) > BURST_MS) burst = startBurst(event.target);
    burst.keys += event.key;
    burst.times.push(now);
    if (!byMachine(burst)) return;
    event.preventDefault();
    if (burst.field) burst.field.value = burst.before;
    takeBack(burst.keys.slice(0, -1));
    target.value = burst.keys;
    cameMeanwhile = isBusy();
    target.focus();
    target.setSelectionRange(target.value.length, target.value.length);
    struckAt = now;
    burst = null;
  });
}

/** Five digits, or a zone's first letters: what else comes so fast is a Vietnamese keyboard at work. */
function byMachine({ keys, times }: Burst): boolean {
  if (keys.length < BURST_KEYS || times.at(-1)! - times.at(-BURST_KEYS)! > BURST_MS) return false;
  return /^[PVIAC][A-Z0-9]?</i.test(keys) || /[0-9]{5}$/.test(keys);
}

function startBurst(target: EventTarget | null): Burst {
  const field =
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
      ? target
      : null;
  return { keys: "", times: [], field, before: field?.value ?? "" };
}
