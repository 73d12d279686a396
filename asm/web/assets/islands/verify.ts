import "./page";
import { readAttempt, readToken, tokenIn, type AttemptFacts, type ReceiptFacts, type Refusal } from "./receipt-token";

const answer = document.getElementById("answer");
const keys = JSON.parse(answer?.dataset.keys ?? "{}") as Record<string, string>;
const english = answer?.dataset.language === "en";

const clock = new Intl.DateTimeFormat(english ? "en-GB" : "vi-VN", {
  timeZone: "Asia/Ho_Chi_Minh",
  dateStyle: english ? "medium" : "short",
  timeStyle: "short",
});

function check(text: string): void {
  if (!answer || !text.trim()) return;
  const found = readAttempt(text, keys) ?? readToken(tokenIn(text), keys);
  answer.replaceChildren(typeof found === "string" ? refused(found) : accepted(found));
  answer.focus();
  answer.scrollIntoView({ block: "nearest" });
}

function copyOf(id: string, keep: string): DocumentFragment {
  const template = document.getElementById(id) as HTMLTemplateElement;
  const copy = template.content.cloneNode(true) as DocumentFragment;
  for (const part of copy.querySelectorAll<HTMLElement>("[data-when]")) {
    if (part.dataset.when !== keep) part.remove();
  }
  return copy;
}

function refused(reason: Refusal): DocumentFragment {
  return copyOf("not-genuine", reason);
}

function accepted(facts: ReceiptFacts | AttemptFacts): DocumentFragment {
  return "attempted" in facts ? attempted(facts) : genuine(facts);
}

function attempted(facts: AttemptFacts): DocumentFragment {
  const texts = { attempted: clock.format(facts.attempted), facility: facts.facility };
  return filled(copyOf("attempt", ""), texts);
}

function genuine(facts: ReceiptFacts): DocumentFragment {
  return filled(copyOf("genuine", facts.onTime ? "on-time" : "late"), {
    number: facts.number,
    received: clock.format(facts.received),
    due: clock.format(facts.due),
    version: `${facts.version}, ${clock.format(facts.recorded)}`,
    facility: facts.facility,
  });
}

function filled(copy: DocumentFragment, texts: Record<string, string>): DocumentFragment {
  for (const part of copy.querySelectorAll<HTMLElement>("[data-fill]")) {
    part.textContent = texts[part.dataset.fill ?? ""] ?? "";
  }
  return copy;
}

async function checkForm(form: HTMLFormElement): Promise<void> {
  const file = form.querySelector<HTMLInputElement>("[type=file]")?.files?.[0];
  const typed = form.querySelector("textarea")?.value ?? "";
  check(typed.trim() || !file ? typed : await file.text());
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

document.getElementById("verify-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  void checkForm(event.target as HTMLFormElement);
});

/** A receipt's code in the page's address; what leads to a part of the page is none. */
function checkAddress(): void {
  const told = location.hash.slice(1);
  if (!document.getElementById(told)) check(told);
}

addEventListener("hashchange", checkAddress);
checkAddress();
