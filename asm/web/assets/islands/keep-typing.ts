/**
 * What is typed by hand while the server answers. A card's answer brings another form: what was
 * typed into the old one meanwhile goes on there. A guest who is being sent is held as sent: nobody
 * types into a form that is about to be emptied.
 */
type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const form = (): HTMLFormElement | null => document.querySelector<HTMLFormElement>("#stay-form");

/** Visible fields by name and choice: a radio button is one choice among those of its name. */
function fields(of: HTMLFormElement | null): Map<string, Field> {
  const found = new Map<string, Field>();
  for (const field of of?.elements ?? []) {
    if (!isField(field) || !field.name || ["hidden", "file"].includes(field.type)) continue;
    found.set(ticked(field) ? `${field.name}=${field.value}` : field.name, field);
  }
  return found;
}

const isField = (one: Element): one is Field =>
  one instanceof HTMLInputElement || one instanceof HTMLSelectElement || one instanceof HTMLTextAreaElement;

const ticked = (field: Field): field is HTMLInputElement => field.type === "radio" || field.type === "checkbox";

const content = (field: Field): string => (ticked(field) ? String(field.checked) : field.value);

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

/** Into the new form, except where the card itself has something to say; true when the focus stays
 * with who types.
 */
export function takeUpTyping(): boolean {
  const there = fields(form());
  for (const [name, value] of typed) {
    const field = there.get(name);
    if (!field || content(field) !== sent.get(name)) continue;
    if (ticked(field)) field.checked = value === "true";
    else field.value = value; // which puts the caret behind it
  }
  const here = there.get(typingIn);
  typed = new Map();
  here?.focus();
  return here !== undefined;
}

function hold(held: boolean): void {
  for (const field of fields(form()).values()) {
    if (!(field instanceof HTMLSelectElement)) field.readOnly = held;
  }
}
