import { askWhy, asksWhy, type Why } from "./ask-why";

/**
 * Guests whom the server could not take. Each is put above the form with all that was typed, its key
 * and the signed proof, and the form is the next guest's. It is sent again from there.
 */
const shelf = (): HTMLElement | null => document.getElementById("unsent-guests");

/** What of the desk an answer may take the place of while somebody types into the form. */
const BESIDE_THE_FORM = ["desk-due", "desk-in-house"];

/** Whether the answer to what was sent holds it, to be sent again; then it is on the page now. */
export function keepUnsent(answer: Document): boolean {
  const guest = answer.querySelector("[data-unsent]");
  const kept = shelf()?.querySelector<HTMLElement>("[data-open]");
  if (!guest || !kept) return false;
  kept.querySelector(":scope > p")?.after(document.adoptNode(guest));
  kept.hidden = false;
  takeOver(answer, [...BESIDE_THE_FORM, "desk-problems", "desk-sent", "desk-notes", "stay-part"]);
  return true;
}

export function sendAgainFromHere(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
    if (!shelf()?.contains(form) || button?.formTarget === "_blank") return;
    event.preventDefault();
    if (button?.disabled) return;
    if (button) button.disabled = true;
    void sendAgain(form).finally(() => {
      if (button) button.disabled = false;
      button?.removeAttribute("aria-busy");
    });
  });
  // The page is all that holds them.
  addEventListener("beforeunload", (event) => {
    if (shelf()?.querySelector("[data-unsent]")) event.preventDefault();
  });
}

async function sendAgain(form: HTMLFormElement, once = false): Promise<void> {
  const guest = form.closest<HTMLElement>("[data-unsent]");
  if (!guest) return;
  const typed = new URLSearchParams();
  for (const [name, value] of new FormData(form)) typed.append(name, String(value));
  let status = 0;
  let answer = "";
  try {
    const response = await fetch(form.action, { method: "POST", body: typed, headers: { "HX-Request": "true" } });
    status = response.status;
    answer = await response.text();
  } catch {
    status = 0; // the network's fault: it is all still there
  }
  const why = asksWhy(status) ? await askWhy(status) : "failed";
  if (why === "renewed" && !once) return sendAgain(form, true);
  settle(guest, { status, why }, new DOMParser().parseFromString(answer, "text/html"));
}

function settle(guest: HTMLElement, { status, why }: { status: number; why: Why }, answer: Document): void {
  const receipt = answer.querySelector("#desk-sent .sent");
  if (status === 200 && receipt) {
    const name = document.createElement("p");
    name.append(guest.querySelector("h2")?.textContent?.trim() ?? "");
    receipt.prepend(name);
    received(guest, document.adoptNode(receipt));
    takeOver(answer, BESIDE_THE_FORM);
    return;
  }
  const said = status === 503 ? "still" : status === 422 ? "mend" : why === "renewed" ? "failed" : why;
  for (const each of guest.querySelectorAll<HTMLElement>("[data-said]")) each.hidden = each.dataset.said !== said;
  const list = guest.querySelector("[data-said=mend] ul");
  list?.replaceChildren(
    ...[...answer.querySelectorAll("#desk-problems li")].map((item) => {
      const told = document.createElement("li");
      told.textContent = (item.textContent ?? "").replace(/\s+/g, " ").trim();
      return told;
    }),
  );
  const elsewhere = guest.querySelector<HTMLElement>("[data-elsewhere]");
  if (elsewhere) elsewhere.hidden = said === "still";
}

/** Who was received stands no longer among those who were not. */
function received(guest: HTMLElement, receipt: Element): void {
  const [open, done] = [guest.closest<HTMLElement>("[data-open]"), shelf()?.querySelector<HTMLElement>("[data-received]")];
  done?.querySelector(":scope > p")?.after(receipt);
  if (done) done.hidden = false;
  guest.remove();
  if (open) open.hidden = !open.querySelector("[data-unsent]");
}

function takeOver(answer: Document, ids: string[]): void {
  for (const id of ids) {
    const part = answer.getElementById(id);
    if (part) document.getElementById(id)?.replaceWith(document.adoptNode(part));
  }
}
