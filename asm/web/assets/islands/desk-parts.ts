/** The parts of the desk that its scripts share. An answer never replaces the box and the form. */
export const box = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>("[data-scan]");
export const form = (): HTMLFormElement | null => document.querySelector<HTMLFormElement>("#stay-form");
export const room = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>("#room");
export const readButton = (): HTMLButtonElement | null => document.querySelector<HTMLButtonElement>("[data-read]");
export const errors = (): HTMLElement | null => document.querySelector<HTMLElement>("#desk-problems .error-summary");
/** The parts of a zone are there, and its other lines awaited. */
export const begun = (): boolean => !!document.querySelector<HTMLInputElement>("[name=zone_begun]")?.value;
export const notes = (): HTMLElement | null => document.querySelector<HTMLElement>("#desk-notes .notice");

/** As if it were typed: over what is selected, with the caret behind it. */
export function typeInto(field: HTMLInputElement | null, text: string): void {
  if (!field || !text) return;
  field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
