/** The service worker: registered, asked to flush with the page closed, and replaced when it suits. */
import { changed } from "./changes";
import { FLUSH_LOCK, isFree } from "./locks";

/** Held, by every tab with a touched form, as long as it is touched. */
const FORM_LOCK = "asm-form";
const RELOADED = "asm-reloaded";

let registration: ServiceWorkerRegistration | undefined;
let letGo: (() => void) | undefined;

export const updateReady = (): boolean => !!registration?.waiting && !!navigator.serviceWorker.controller;

export async function registerWorker(): Promise<void> {
  reloadOnceForMissingChunks();
  if (!("serviceWorker" in navigator)) return;
  const hadOne = !!navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // The first worker takes over a page that is as new as itself.
    if (hadOne && !letGo) location.reload();
  });
  try {
    registration = await navigator.serviceWorker.register("/app/worker.js", { scope: "/app/" });
  } catch {
    // Without one the app works while there is signal; the next start tries again.
    return;
  }
  registration.addEventListener("updatefound", () => {
    registration?.installing?.addEventListener("statechange", () => changed());
  });
  changed();
}

/** True while a form holds what is not stored: no update is put in place, in no tab. */
export function touched(form: boolean): void {
  if (form && !letGo) {
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const locks = navigator.locks as LockManager | undefined;
    void locks?.request(FORM_LOCK, { mode: "shared" }, () => held);
  } else if (!form) {
    letGo?.();
    letGo = undefined;
  }
}

export async function applyUpdate(): Promise<boolean> {
  const waiting = registration?.waiting;
  if (!waiting || letGo || !(await isFree(FORM_LOCK)) || !(await isFree(FLUSH_LOCK))) return false;
  waiting.postMessage("replace");
  return true;
}

/** Looks for a new version; quietly, as the app works with the one it has. */
export async function lookForUpdate(): Promise<void> {
  await registration?.update().catch(() => undefined);
}

/** Lets the browser start the worker once there is signal, with the app closed. */
export async function flushWhenOnline(): Promise<void> {
  const sync = (registration as unknown as { sync?: { register(tag: string): Promise<void> } })?.sync;
  await sync?.register("asm-outbox").catch(() => undefined);
}

/** A part of the app that its server no longer has: once, and only where a newer one can be had. */
function reloadOnceForMissingChunks(): void {
  window.addEventListener("vite:preloadError", (event) => {
    if (!navigator.onLine || letGo || sessionStorage.getItem(RELOADED)) return;
    sessionStorage.setItem(RELOADED, "1");
    event.preventDefault();
    location.reload();
  });
}
