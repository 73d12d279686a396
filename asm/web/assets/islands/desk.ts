import "htmx.org";
import { startCountdowns } from "./countdown";
import { focusNext } from "./focus";
import { keepTypingMeanwhile, takeUpTyping } from "./keep-typing";
import "./page";
import { keepScansMeanwhile, readWhenWhole, rescueStrayScans, takeUpScans } from "./scan-box";
import { keepScannedTabs } from "./scanned-tabs";
import { keepZoneLines } from "./zone-lines";

readWhenWhole();
rescueStrayScans();
keepScansMeanwhile();
keepScannedTabs();
keepZoneLines();
keepTypingMeanwhile();
startCountdowns();

const unsent = (): HTMLElement | null => document.getElementById("unsent");

interface Answered {
  ctx?: { swap?: string; text?: string };
}

document.addEventListener("htmx:after:swap", (event) => {
  // Also said when a refused answer was left out: then nothing has changed on the page.
  if ((event as CustomEvent<Answered>).detail.ctx?.swap === "none") return;
  unsent()?.setAttribute("hidden", "");
  if (!takeUpTyping()) focusNext();
  takeUpScans();
});

// Nothing typed is lost when the network or the server fails: the form stays, with its key, and says so.
for (const name of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(name, (event) => {
    const bar = unsent();
    bar?.querySelector("[data-attempt]")?.remove();
    const proof = attempt((event as CustomEvent<Answered>).detail.ctx?.text ?? "");
    if (proof) bar?.append(proof);
    bar?.removeAttribute("hidden");
    bar?.focus();
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });
}

/** The signed proof of having tried, when the server's answer holds one. */
function attempt(html: string): Element | null {
  return new DOMParser().parseFromString(html, "text/html").querySelector("[data-attempt]");
}
