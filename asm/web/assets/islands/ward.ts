import "./page";

// The map weighs as much as forty of these pages: it comes when somebody scrolls to it.
const frame = document.querySelector<HTMLElement>("[data-night-map]");
if (frame) {
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    void show(frame);
  });
  watcher.observe(frame);
}

async function show(frame: HTMLElement): Promise<void> {
  let shown = false;
  try {
    shown = (await import("../map/night")).showNight(frame);
  } finally {
    frame.classList.toggle("no-map", !shown);
  }
}
