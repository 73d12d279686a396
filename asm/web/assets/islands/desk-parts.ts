/** The parts of the desk that its scripts share. An answer never replaces the box and the form. */
export const box = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>("[data-scan]");
export const form = (): HTMLFormElement | null => document.querySelector<HTMLFormElement>("#stay-form");
export const room = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>("#room");
export const readButton = (): HTMLButtonElement | null => document.querySelector<HTMLButtonElement>("[data-read]");
export const errors = (): HTMLElement | null => document.querySelector<HTMLElement>("#desk-problems .error-summary");
/** The parts of a zone are there, and its other lines awaited. */
export const begun = (): boolean => !!document.querySelector<HTMLInputElement>("[name=zone_begun]")?.value;
export const notes = (): HTMLElement | null => document.querySelector<HTMLElement>("#desk-notes .notice");

let coming = false;
/** A card has begun to come into the box, or is whole. */
export const cardBegins = (begins: boolean): void => void (coming = begins);
/** Until it is whole nothing calls the focus away: the rest of it would land where the focus went. */
export const cardComing = (): boolean => coming && document.activeElement === box();

/** As if it were typed: over what is selected, with the caret behind it. */
export function typeInto(field: HTMLInputElement | null, text: string): void {
  if (!field || !text) return;
  field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
