import "htmx.org";
import { startCountdowns } from "./countdown";
import { form, room } from "./desk-parts";
import { keepTypingMeanwhile } from "./keep-typing";
import { afterFailure, afterReading, afterSending, askOneAtATime } from "./one-at-a-time";
import "./page";
import { readWhenWhole, rescueStrayScans } from "./scan-box";

keepTypingMeanwhile();
rescueStrayScans();
readWhenWhole();
askOneAtATime();
startCountdowns();

const unsent = (): HTMLElement | null => document.getElementById("unsent");

interface Answered {
  ctx?: { response?: { status: number }; text?: string };
}

document.addEventListener("htmx:after:swap", (event) => {
  // Also said when a refused answer was left out: then nothing has changed on the page.
  const answer = (event as CustomEvent<Answered>).detail.ctx;
  if (![200, 422].includes(answer?.response?.status ?? 0)) return;
  unsent()?.setAttribute("hidden", "");
  if (event.target === form()) afterSending();
  else afterReading();
});

// Nothing typed is lost when the network or the server fails: the form stays, with its key, and says so.
for (const name of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(name, (event) => {
    const status = (event as CustomEvent<Answered>).detail.ctx?.response?.status;
    if (status === 422) return; // an answer: it says what is to be mended
    const failed = afterFailure();
    const bar = unsent();
    for (const said of bar?.querySelectorAll<HTMLElement>("[data-for]") ?? []) said.hidden = said.dataset.for !== failed;
    bar?.querySelector("[data-attempt]")?.remove();
    const proof = attempt((event as CustomEvent<Answered>).detail.ctx?.text ?? "");
    if (proof) bar?.append(proof);
    bar?.removeAttribute("hidden");
    // Who types the room goes on: the scan is in its box, to be read again.
    if (failed === "send" || document.activeElement !== room()) bar?.focus();
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });
}

/** The signed proof of having tried, when the server's answer holds one. */
function attempt(html: string): Element | null {
  return new DOMParser().parseFromString(html, "text/html").querySelector("[data-attempt]");
}
