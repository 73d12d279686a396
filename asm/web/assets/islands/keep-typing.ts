/**
 * What is typed by hand while the server answers. A card's answer brings other fields of the guest:
 * what was typed into the old ones meanwhile goes on there. A guest who is being sent is held as
 * sent: nobody types into a form that is about to be emptied.
 */
import { form } from "./desk-parts";

export type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Visible fields by name and choice: a radio button is one choice among those of its name. */
export function fields(of: HTMLFormElement | null): Map<string, Field> {
  const found = new Map<string, Field>();
  for (const field of of?.elements ?? []) {
    if (!isField(field) || !field.name || ["hidden", "file"].includes(field.type) || "scan" in field.dataset) continue;
    found.set(ticked(field) ? `${field.name}=${field.value}` : field.name, field);
  }
  return found;
}

const isField = (one: Element): one is Field =>
  one instanceof HTMLInputElement || one instanceof HTMLSelectElement || one instanceof HTMLTextAreaElement;

const ticked = (field: Field): field is HTMLInputElement => field.type === "radio" || field.type === "checkbox";

export const content = (field: Field): string => (ticked(field) ? String(field.checked) : field.value);

/** What `content` said of it. */
export function put(field: Field, text: string): void {
  if (ticked(field)) field.checked = text === "true";
  else field.value = text; // which puts the caret behind it
}

let sent = new Map<string, string>(); // what stood in the form when the server was asked
let typed = new Map<string, string>();
let typingIn = "";

export function keepTypingMeanwhile(): void {
  document.addEventListener("htmx:before:request", (event) => {
    if (event.target === form()) hold(true);
    sent = new Map([...fields(form())].map(([name, field]) => [name, content(field)]));
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (event.target === form()) hold(false); // it is still there: nothing was taken
  });
  document.addEventListener("htmx:before:swap", () => {
    typed = new Map();
    typingIn = "";
    for (const [name, field] of fields(form())) {
      if (sent.get(name) === content(field)) continue;
      typed.set(name, content(field));
      if (field === document.activeElement) typingIn = name;
    }
  });
}

/** Whether somebody typed since the server was asked: nobody calls them away. */
export const hasTyped = (): boolean => typed.size > 0;

/** Into the new fields, except where the card itself has something to say. */
export function takeUpTyping(): void {
  const there = fields(form());
  for (const [name, value] of typed) {
    const field = there.get(name);
    if (!field || content(field) !== sent.get(name)) continue;
    put(field, value);
  }
  typed = new Map();
  const here = there.get(typingIn);
  if (here !== document.activeElement) here?.focus();
}

export function hold(held: boolean): void {
  for (const field of fields(form()).values()) {
    if (!(field instanceof HTMLSelectElement)) field.readOnly = held;
  }
}
