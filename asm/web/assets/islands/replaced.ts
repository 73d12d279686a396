/**
 * Guests whom another card put out of the form before they were sent. Each stands above the form with
 * all that was typed for them, to be taken back, until somebody says that they are not staying.
 */
import { form, room } from "./desk-parts";
import { content, fields, put, type Field } from "./keep-typing";

export interface Guest {
  part: HTMLElement; // the guest's fields, as they were filled
  stay: Map<string, string>; // what was typed of their stay
  text: string; // what was scanned
  name: string;
  number: string;
}

const shelf = (): HTMLElement | null => document.getElementById("replaced");
const valueOf = (name: string): string => form()?.querySelector<HTMLInputElement>(`[name=${name}]`)?.value ?? "";

/** Fields about the stay, not the guest: no answer to a card replaces them. */
const ofTheStay = (): [string, Field][] =>
  [...fields(form())].filter(([, field]) => !field.closest("#guest"));

/** Who is in the form, if anybody; what was typed of their stay is not left to the next. */
export function liftOut(text: string): Guest | null {
  const part = document.getElementById("guest");
  const name = valueOf("full_name").trim();
  if (!part || !name) return null;
  const guest = { part: filledCopy(part), stay: new Map<string, string>(), text, name, number: valueOf("document_number") };
  for (const [key, field] of ofTheStay()) {
    guest.stay.set(key, content(field));
    clear(field);
  }
  return guest;
}

/** A room that somebody typed is theirs; the one that was offered to companions is offered on. */
function clear(field: Field): void {
  if (field === room()) {
    if (field.value !== room()?.defaultValue) field.value = "";
  } else if (field instanceof HTMLSelectElement) {
    field.selectedIndex = Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
  } else if (field instanceof HTMLInputElement && field.type === "checkbox") {
    field.checked = field.defaultChecked;
  } else field.value = field.defaultValue;
}

function filledCopy(part: HTMLElement): HTMLElement {
  const copy = part.cloneNode(true) as HTMLElement;
  const [from, to] = [part, copy].map((each) => [...each.querySelectorAll<Field>("input, select, textarea")]);
  from?.forEach((field, at) => {
    const other = to?.[at];
    if (other) other.value = field.value;
    if (other instanceof HTMLInputElement && field instanceof HTMLInputElement) other.checked = field.checked;
  });
  return copy;
}

/** Their stay is in the form again, with them. What was typed meanwhile is returned: another's room. */
export function letStay(guest: Guest): string {
  const typed = room()?.value ?? "";
  giveStay(guest);
  return typed === room()?.defaultValue ? "" : typed;
}

function giveStay({ stay }: Guest): void {
  for (const [name, field] of ofTheStay()) put(field, stay.get(name) ?? content(field));
}

/** Whether the card that was read is theirs as well. */
export function isStillThere({ name, number }: Guest): boolean {
  const now = valueOf("document_number");
  return number && now ? number === now : name.toLowerCase() === valueOf("full_name").trim().toLowerCase();
}

/** Say that they were not sent. `back`: take them back into the form. */
export function shelve(guest: Guest, back: (guest: Guest) => boolean): void {
  const kept = shelf();
  const told = kept?.querySelector("template")?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
  if (!kept || !told) return;
  const where = guest.stay.get("room") ?? "";
  for (const [slot, text] of Object.entries({ name: guest.name, room: where })) {
    for (const each of told.querySelectorAll(`[data-${slot}]`)) each.textContent = text;
  }
  for (const each of told.querySelectorAll<HTMLElement>("[data-with-room]")) each.hidden = !where;
  told.dataset.number = guest.number;
  told.addEventListener("click", (event) => {
    const wanted = (event.target as Element).closest<HTMLElement>("[data-do]")?.dataset.do;
    if (wanted === "together") {
      giveStay(guest);
      room()?.focus();
    } else if (wanted === "drop" || (wanted === "back" && back(guest))) told.remove();
  });
  kept.prepend(told);
}

/** Who is in the form again, by their own card, is no longer missing. */
export function forgetWhoIsBack(): void {
  const number = valueOf("document_number");
  for (const told of shelf()?.querySelectorAll<HTMLElement>("[data-number]") ?? []) {
    if (number && told.dataset.number === number) told.remove();
  }
}

/** Exchange the form's guest for one of the shelf. */
export function bringBack(guest: Guest): void {
  document.getElementById("guest")?.replaceWith(guest.part);
  giveStay(guest);
}
