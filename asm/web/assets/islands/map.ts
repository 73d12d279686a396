import "./page";

const frame = document.querySelector<HTMLElement>("[data-public-map]");
if (frame) void show(frame);

async function show(frame: HTMLElement): Promise<void> {
  let shown = false;
  try {
    shown = (await import("../map/public")).showPublic(frame);
  } finally {
    frame.classList.toggle("no-map", !shown);
  }
}
