import { focusNext, linkErrorsToFields } from "./focus";
import { watchInbox } from "./inbox-mark";
import { keepTypedOverLanguages } from "./keep-language";
import { sendOnce } from "./sent-once";

document.documentElement.classList.add("js");
// Who was quicker than this script is not called away from where they type.
if (!document.activeElement || document.activeElement === document.body) focusNext();
linkErrorsToFields();
watchInbox();
keepTypedOverLanguages();
sendOnce();

document.addEventListener("click", (event) => {
  const asked = (event.target as Element).closest<HTMLElement>("[data-print], [data-locate]");
  if (asked?.dataset.print !== undefined) print();
  if (asked?.dataset.locate !== undefined) locate(asked);
});

// A second press of the same button only waits; the form's own key makes it harmless anyway.
document.addEventListener("submit", (event) => {
  const button = (event as SubmitEvent).submitter;
  button?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

/** Fill latitude and longitude from the device; the person still sees and sends them. */
function locate(button: HTMLElement): void {
  const say = document.getElementById("locate-answer");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const latitude = document.querySelector<HTMLInputElement>("[name=latitude]");
      const longitude = document.querySelector<HTMLInputElement>("[name=longitude]");
      if (latitude) latitude.value = coords.latitude.toFixed(6);
      if (longitude) longitude.value = coords.longitude.toFixed(6);
      // Typed or located, whoever shows the place learns of it the same way.
      longitude?.dispatchEvent(new CustomEvent("change", { detail: coords.accuracy }));
      if (say) say.textContent = `± ${Math.round(coords.accuracy)} m`;
    },
    () => {
      if (say) say.textContent = button.dataset.failed ?? "";
    },
    { enableHighAccuracy: true, timeout: 15_000 },
  );
}
