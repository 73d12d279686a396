/** Addresses below /app: the browser's own history, so that its back button works. */
import { useEffect, useState } from "preact/hooks";

const BASE = "/app";
const listeners = new Set<() => void>();

export const here = (): string => location.pathname.slice(BASE.length).replace(/\/$/, "") || "/";

/** How many of the app's own pages lie behind this one. */
const depth = (): number => (history.state as { depth?: number } | null)?.depth ?? 0;

export function go(path: string, { replace = false } = {}): void {
  history[replace ? "replaceState" : "pushState"]({ depth: depth() + (replace ? 0 : 1) }, "", BASE + path);
  for (const listener of listeners) listener();
}

/** The way back within the app; to its first page where this one was opened from outside. */
export function goBack(): void {
  if (depth() > 0) history.back();
  else go("/");
}

export function usePath(): string {
  const [{ path }, setPath] = useState({ path: here() });
  useEffect(() => {
    // Another object each time: who goes to where they are sees it drawn again.
    const look = (): void => setPath({ path: here() });
    listeners.add(look);
    addEventListener("popstate", look);
    return () => {
      listeners.delete(look);
      removeEventListener("popstate", look);
    };
  }, []);
  return path;
}
