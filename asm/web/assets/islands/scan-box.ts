/**
 * The resting scan box. A keyboard-wedge scanner is only a very fast typist, so what it typed is taken
 * from `input` (what the letters became), never from key presses: key buffers lose Vietnamese letters.
 * Key presses tell when, and whether it was Enter or Tab.
 */
import { box, cardBegins, form, typeInto } from "./desk-parts";
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
/** The bar between a card's parts, and what other keyboard layouts make of it. */
const BARS = ["|", "\\", "~", "¦", "｜"];

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
  cardBegins(field.value !== "");
  if (!field.value) cameMeanwhile = false;
  else if (isBusy()) cameMeanwhile = true;
  bringFirstDigits(field);
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
  cardBegins(false);
  const meanwhile = cameMeanwhile;
  cameMeanwhile = false;
  heldLine = "";
  stray = null;
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
  // The empty parts of the newer card come before its Enter.
  scannedAt = BARS.includes(event.key) ? event.timeStamp : -Infinity;
  if (late > SUFFIX_MS) scannedAt = -Infinity;
  if (late > SUFFIX_MS || ![...BARS, "Enter", "Tab"].includes(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** Where the keys before a burst may have landed, if they came just before it. */
let stray: Field | null = null;
let elsewhereAt = -Infinity; // the last key in another field

/** A busy machine or a slow scanner: the first digits of the twelve came too far apart for a burst. */
function bringFirstDigits(field: HTMLInputElement): void {
  const digits = /^(\d{1,11})[|\t\\~¦｜]/.exec(field.value)?.[1];
  if (!digits || !stray) return;
  const first = stray.value.slice(digits.length - 12);
  if (!/^\d+$/.test(first) || first.length !== 12 - digits.length) return;
  stray.value = stray.value.slice(0, -first.length);
  stray = null;
  field.value = first + field.value;
}

interface Burst {
  keys: string;
  times: number[];
  before: Map<Field, string>; // an answer may take the focus from one field to another meanwhile
  meanwhile: boolean;
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
    // An answer put the focus into the box after the scan had begun elsewhere.
    const letter = !event.isComposing && /^[A-Z0-9<]$/i.test(event.key);
    if (!target || event.target === target || !letter) {
      // An answer put the focus into the box after the scan had begun elsewhere.
      const late = event.timeStamp - (burst?.times.at(-1) ?? -Infinity);
      if (target && event.target === target && letter && burst && late <= BURST_MS) bringOver(burst, target);
      burst = null;
      return;
    }
    // When the key was struck: a busy page gets the slow keys of a person all at once.
    const now = event.timeStamp;
    const soon = now - elsewhereAt <= NEXT_LINE_MS;
    elsewhereAt = now;
    if (!burst || now - (burst.times.at(-1) ?? 0) > BURST_MS) {
      burst = startBurst();
      stray = soon && isField(event.target) ? event.target : null;
    }
    if (isField(event.target) && !burst.before.has(event.target)) {
      // What was struck before may have been put there as typed ahead.
      const { value } = event.target;
      const without = burst.keys && value.endsWith(burst.keys) ? value.slice(0, -burst.keys.length) : value;
      burst.before.set(event.target, without);
    }
    burst.keys += event.key;
    burst.times.push(now);
    if (!byMachine(burst)) return;
    event.preventDefault();
    bringOver(burst, target, burst.keys.slice(0, -1));
    target.focus();
    struckAt = now;
    burst = null;
  });
}

/** The scan so far goes into the box; of it `typed` had landed elsewhere. */
function bringOver({ keys, before, meanwhile }: Burst, target: HTMLInputElement, typed = keys): void {
  let scan = keys;
  for (const [field, text] of before) {
    const start = startOf(text); // the scan began more slowly
    field.value = start < 0 ? text : text.slice(0, start);
    if (start >= 0) scan = text.slice(start) + keys;
  }
  takeBack(typed);
  target.value = scan;
  target.setSelectionRange(scan.length, scan.length);
  cameMeanwhile = meanwhile || isBusy();
  cardBegins(true);
}

/** Five digits, or a zone's first letters: what else comes so fast is a Vietnamese keyboard at work. */
function byMachine({ keys, times }: Burst): boolean {
  if (keys.length < BURST_KEYS || times.at(-1)! - times.at(-BURST_KEYS)! > BURST_MS) return false;
  return /^[PVIAC][A-Z0-9]?</i.test(keys) || /[0-9]{5}$/.test(keys);
}

const startBurst = (): Burst => ({ keys: "", times: [], before: new Map(), meanwhile: isBusy() });

const isField = (target: EventTarget | null): target is Field =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
