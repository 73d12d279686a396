import "htmx.org";
import { askWhy, asksWhy } from "./ask-why";
import { startCountdowns } from "./countdown";
import { cardComing, form, room } from "./desk-parts";
import { keepTypingMeanwhile } from "./keep-typing";
import { afterFailure, afterReading, afterSending, askOneAtATime } from "./one-at-a-time";
import "./page";
import { readWhenWhole, rescueStrayScans } from "./scan-box";
import { keepUnsent, sendAgainFromHere } from "./unsent";

keepTypingMeanwhile();
rescueStrayScans();
readWhenWhole();
askOneAtATime();
startCountdowns();
sendAgainFromHere();

const unsent = (): HTMLElement | null => document.getElementById("unsent");

let requests = 0;
document.addEventListener("htmx:before:request", () => (requests += 1));

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
    const answer = (event as CustomEvent<Answered>).detail.ctx;
    const status = answer?.response?.status;
    if (status === 422) return; // an answer: it says what is to be mended
    const said = new DOMParser().parseFromString(answer?.text ?? "", "text/html");
    const bar = unsent();
    if (event.target === form() && keepUnsent(said)) {
      bar?.setAttribute("hidden", "");
      afterSending();
      return;
    }
    const failed = afterFailure();
    tell(status === 503 ? "away" : status === 401 ? "ended" : failed);
    bar?.querySelector("[data-attempt]")?.remove();
    const proof = said.querySelector("[data-attempt]"); // the signed proof of having tried
    if (proof) bar?.append(proof);
    bar?.removeAttribute("hidden");
    // Who types the room goes on: the scan is in its box, to be read again.
    if (!cardComing() && (failed === "send" || document.activeElement !== room())) bar?.focus();
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    if (!status || !asksWhy(status)) return;
    const request = requests;
    // What was found out of an earlier one is said no more once another is on the way.
    void askWhy(status).then((why) => why !== "failed" && request === requests && tell(why));
  });
}

/** Which of its texts the bar shows. */
function tell(what: string): void {
  for (const text of unsent()?.querySelectorAll<HTMLElement>("[data-for]") ?? []) text.hidden = text.dataset.for !== what;
}
