/** Tells every tab and the worker that the store has changed. Whoever misses it reads by a timer. */
const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("asm-app");
const listeners = new Set<() => void>();

export function changed(): void {
  channel?.postMessage(null);
  here();
}

export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function here(): void {
  for (const listener of listeners) listener();
}
channel?.addEventListener("message", here);
