const TICK_MS = 20_000;
const SOON_MINUTES = 90;

/**
 * Keep "how long is left" true while the page stays open. The server says how many seconds are
 * left; the device's own clock is not trusted, only its passing of time.
 */
export function startCountdowns(): void {
  const readAt = new WeakMap<HTMLElement, number>();
  const tick = (): void => {
    for (const element of document.querySelectorAll<HTMLElement>("[data-seconds-left]")) {
      const since = readAt.get(element) ?? performance.now();
      readAt.set(element, since);
      const passed = (performance.now() - since) / 1000;
      const minutes = Math.max(0, Math.ceil((Number(element.dataset.secondsLeft) - passed) / 60));
      element.closest(".due")?.classList.toggle("soon", minutes <= SOON_MINUTES);
      element.textContent = (element.dataset.leftText ?? "{h}:{m}")
        .replace("{h}", String(Math.floor(minutes / 60)))
        .replace("{m}", String(minutes % 60).padStart(2, "0"));
    }
  };
  tick();
  setInterval(tick, TICK_MS);
  document.addEventListener("htmx:after:swap", tick);
}
