import "htmx.org";
import { startCountdowns } from "./countdown";
import { focusNext } from "./focus";
import "./page";
import { readWhenWhole, rescueStrayScans } from "./scan-box";

readWhenWhole();
rescueStrayScans();
startCountdowns();

const unsent = (): HTMLElement | null => document.getElementById("unsent");

document.addEventListener("htmx:after:swap", () => {
  unsent()?.setAttribute("hidden", "");
  focusNext();
});

// Nothing typed is lost when the network or the server fails: the form stays, with its key, and says so.
for (const name of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(name, () => {
    const bar = unsent();
    bar?.removeAttribute("hidden");
    bar?.focus();
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });
}
