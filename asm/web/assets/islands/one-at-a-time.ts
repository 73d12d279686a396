/**
 * One question to the server at a time. Whoever is quicker than the line types ahead: the room goes
 * into its field, Enter waits for the reading, the next card waits in the box, and what is typed for
 * its room is kept for it. Nothing is sent half, and nothing for another guest.
 */
import { begun, box, cardComing, errors, form, notes, readButton, room, typeInto } from "./desk-parts";
import { focusNext } from "./focus";
import { hasTyped, hold, takeUpTyping } from "./keep-typing";
import { bringBack, forgetWhoIsBack, type Guest, isStillThere, letStay, liftOut, shelve } from "./replaced";
import { split } from "./scan-text";

interface Scan {
  text: string;
  room: string;
  enter: boolean;
}

let busy: "" | "read" | "send" = "";
let current: Scan | null = null; // the one that is being read
let held = false; // Enter was struck for it
let last = ""; // what was read last
let shown = ""; // what was read of who is in the form
let unsent = false; // Enter was struck for who is in the form, and they are not stored yet
const waiting: Scan[] = [];
let back = ""; // what could not be read, to be given back
let lost = false; // the line's fault: it goes before what is scanned now
let lifted: Guest | null = null; // who was in the form when it was asked for another
let ahead = ""; // the room typed for a paper that could not be read
let then: (() => void) | null = null; // what to do once the answer is settled

/**
 * Read what the box holds, now or when its turn comes; the room is the next thing to type. Whoever is
 * in the form goes first if Enter was struck for them, or if the card came while theirs was being read;
 * so does a paper whose reading the line lost.
 */
export function read(cameMeanwhile = false): void {
  const text = box()?.value ?? "";
  if (!text) lost = false;
  const first = unsent || (nameInForm() ? cameMeanwhile || waiting.length > 0 : cameMeanwhile && errors());
  if (busy || (lost && !isSame(text, back)) || (first && !isSame(text, last))) wait(text);
  else readAtOnce(text);
}

const isSame = (text: string, other = ""): boolean =>
  text === other || (personOf(text) !== "" && personOf(text) === personOf(other));

export const isBusy = (): boolean => busy !== "";

function readAtOnce(text: string): void {
  const at = waiting.findIndex((scan) => scan.text === text);
  const known = at < 0 ? undefined : waiting.splice(at, 1)[0];
  ask(known ?? { text, room: "", enter: false });
}

/** The same when the form is being sent: its guest goes first. */
export function readBeforeSending(): void {
  const text = box()?.value ?? "";
  if (nameInForm()) wait(text);
  else read();
}

const nameInForm = (): string => form()?.querySelector<HTMLInputElement>("[name=full_name]")?.value ?? "";

const personOf = (text: string): string => /\d{12}/.exec(text)?.[0] ?? "";

function wait(text: string): void {
  const field = box();
  if (busy === "read" && isSame(text, current?.text)) {
    if (field) field.value = waiting.at(-1)?.text ?? ""; // scanned twice
  } else if (text && !waiting.some((scan) => scan.text === text)) {
    waiting.push({ text, room: "", enter: false });
  }
  if (field && back && !busy) field.value = back;
  // Whoever has gone elsewhere since, or was led to what is to be mended, is not called away.
  if (document.activeElement !== field) return;
  if (!busy && errors()) focusNext();
  else toRoom(room()?.value === room()?.defaultValue); // over what nobody typed
}

function ask(scan: Scan): void {
  const [field, typed] = [box(), room()];
  if (!field) return;
  const coming = cardComing();
  lifted = isSame(scan.text, shown) ? null : liftOut(shown);
  busy = "read";
  current = scan;
  last = scan.text;
  [back, lost] = ["", false];
  if (!coming) field.value = scan.text;
  readButton()?.click();
  if (scan.text && !coming) toRoom(true);
  if (typed && (scan.room || ahead)) typed.value = scan.room || ahead; // which puts the caret behind it
  held = scan.enter;
  if (held) hold(true);
}

/** What was typed behind a whole scan. */
export function typeAhead(text: string): void {
  const next = room()?.readOnly ? typingFor() : undefined;
  if (next) next.room += text;
  else typeInto(room(), text);
}

function toRoom(over: boolean): void {
  const field = room();
  if (field === document.activeElement) return;
  field?.focus();
  if (over) field?.select();
}

/** What of it was typed ahead for a waiting card was the beginning of another one. */
export function takeBack(keys: string): void {
  const next = typingFor();
  if (next?.room.endsWith(keys)) next.room = next.room.slice(0, -keys.length);
}

/** Whose room is typed while the form's own guest is on the way. */
const typingFor = (): Scan | undefined => waiting.find((scan) => !scan.enter);

export function askOneAtATime(): void {
  document.addEventListener("click", onClick, { capture: true });
  document.addEventListener("submit", onSubmit, { capture: true });
  document.addEventListener("keydown", keepAhead);
  document.addEventListener("htmx:config:request", (event) => {
    const { body } = (event as CustomEvent).detail.ctx.request;
    // What waits in the box, or is coming into it, belongs to another guest.
    if (event.target === form()) body.delete("card_text");
    else if (event.target === readButton() && current) body.set("card_text", current.text);
  });
  document.addEventListener("htmx:before:request", (event) => {
    const field = box();
    busy = event.target === form() ? "send" : "read";
    if (isOfTheBox(event.target) && field && !cardComing()) field.value = waiting.at(-1)?.text ?? "";
    if (busy === "send") [held, unsent] = [false, true];
    (event.target as Element).setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:finally:request", () => {
    busy = "";
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    then?.();
    then = null;
  });
}

function onClick(event: MouseEvent): void {
  const button = (event.target as Element).closest("[data-read], [data-look]");
  if (!button || !event.isTrusted) return;
  if (button === readButton()) {
    // Whoever presses it means it, whoever may stand in the form.
    refuse(event);
    if (busy) read();
    else readAtOnce(box()?.value ?? "");
  } else if (busy) {
    refuse(event);
  } else {
    lifted = liftOut(shown);
    current = isOfTheBox(button) ? { text: box()?.value ?? "", room: "", enter: false } : null;
  }
}

/** What reads the box, and empties it; not a photograph. */
const isOfTheBox = (button: EventTarget | null): boolean =>
  button instanceof Element && (button === readButton() || button.closest("#scan-doubt") !== null);

function onSubmit(event: SubmitEvent): void {
  if (event.target !== form()) return;
  const text = box()?.value ?? "";
  // A reading that failed left it there; or it came while the button was on its way down.
  if (!busy && split(text).scan && !nameInForm()) readAtOnce(text);
  if (!busy) return;
  refuse(event);
  if (busy === "send" || held) return;
  held = true;
  hold(true);
}

function refuse(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** The room is its sender's until the answer is there: what is typed meanwhile is the next guest's. */
function keepAhead(event: KeyboardEvent): void {
  const next = typingFor();
  if (!next || !busy || !room()?.readOnly || event.target !== room() || event.defaultPrevented) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter") {
    event.preventDefault();
    next.enter = true;
  } else if (event.key === "Backspace") next.room = next.room.slice(0, -1);
  else if (event.key.length === 1) next.room += event.key;
}

/** A paper's answer is on the page. */
export function afterReading(): void {
  const wanted = held;
  const typed = hasTyped();
  takeUpTyping();
  markBox();
  held = false;
  if (errors()) return giveBack(() => !typed && !cardComing() && focusNext());
  document.querySelector("#photo-part")?.removeAttribute("open");
  const text = current?.text ?? "";
  current = null;
  if (begun()) {
    stayInForm();
    unsent = false;
    then = () => {
      hold(false);
      if (!typed) box()?.focus();
    };
    return;
  }
  leaveForm();
  shown = text;
  unsent = wanted;
  const first = notes() !== null;
  then = () => {
    // Enter may have been struck between the answer and its settling.
    if ((wanted || held) && !first) return form()?.requestSubmit();
    held = false;
    hold(false);
    if (!cardComing() && !form()?.contains(document.activeElement)) toRoom(true);
  };
}

/** What was sent was answered. The next card is read once nobody else's particulars are in the form. */
export function afterSending(): void {
  markBox();
  if (errors()) {
    busy = ""; // Enter is the person's again at once, before the answer has settled
    if (!cardComing()) focusNext();
    return;
  }
  unsent = false;
  ahead = "";
  const field = box();
  if (lost) waiting.unshift({ text: back, room: "", enter: false });
  else if (field && field.value === back) field.value = ""; // its guest was typed by hand
  [back, lost] = ["", false];
  field?.focus();
  then = () => {
    const next = waiting.shift();
    if (next) ask(next);
  };
}

/** Nothing came of it: what was scanned and typed is still there. */
export function afterFailure(): "read" | "send" {
  if (busy !== "read") return "send";
  lost = !!current?.text;
  giveBack();
  return "read";
}

/** Into the box, unless a card is coming into it; what waits there is kept. */
function giveBack(next?: () => void): void {
  const field = box();
  stayInForm();
  back = current?.text ?? "";
  if (field && back && !cardComing()) field.value = back;
  held = false;
  current = null;
  hold(false);
  if (next) then = next;
}

/** Nobody came into the form instead of who was there. */
function stayInForm(): void {
  if (lifted) ahead = letStay(lifted);
  lifted = null;
}

function leaveForm(): void {
  ahead = "";
  forgetWhoIsBack();
  const field = room();
  if (lifted && !isStillThere(lifted)) shelve(lifted, takeBackGuest);
  else if (lifted && field) field.value = letStay(lifted) || field.value;
  lifted = null;
}

/** From the shelf into the form; whoever stands there takes their place. Not amid an answer. */
function takeBackGuest(guest: Guest): boolean {
  if (busy) return false;
  const instead = liftOut(shown);
  bringBack(guest);
  if (instead) shelve(instead, takeBackGuest);
  [shown, last, unsent] = [guest.text, guest.text, false];
  toRoom(false);
  return true;
}

/** The box is never replaced; what is said of it is. */
function markBox(): void {
  const wrong = document.querySelector("#card_text-said .field-error") !== null;
  const field = box();
  field?.closest(".field")?.classList.toggle("wrong", wrong);
  field?.setAttribute("aria-invalid", String(wrong));
}
