/** How pages read the core: again after every change, and never from anything older. */
import { useEffect, useState } from "preact/hooks";

import type { App, Facility } from "../core/types";
import type { Texts } from "../texts/vi";

export interface Shared {
  app: App;
  t: Texts;
  language: "vi" | "en";
}

/** Set once, before anything is drawn. */
export let shared: Shared;
export function share(given: Omit<Shared, "t"> & { t: Partial<Texts> }): void {
  shared = given as Shared;
}

/** What only the pages behind the first say; they wait for it. */
export async function readTexts(): Promise<void> {
  if ("add" in shared.t) return;
  Object.assign(shared.t, (await import("../texts/vi-pages")).default);
}

/** Draws again when anything may have changed; returns how often it has. */
export function useChanges(): number {
  const [count, setCount] = useState(0);
  useEffect(() => shared.app.subscribe(() => setCount((before) => before + 1)), []);
  return count;
}

/** What `read` gives, read again after every change; undefined until it was read once. */
export function useRead<Value>(read: () => Promise<Value>, ...on: unknown[]): Value | undefined {
  const [value, setValue] = useState<Value>();
  const count = useChanges();
  useEffect(() => {
    let current = true;
    void read().then((given) => current && setValue(() => given));
    return () => {
      current = false;
    };
  }, [count, ...on]);
  return value;
}

/** Draws again every so often: for what goes by the clock. */
export function useClock(everyMs: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, []);
  return now + (shared.app.net().clockOffsetS ?? 0) * 1000;
}

const HOUSE = "asm-house";

/** The place whose guests are shown: the one that was chosen, else the first in force. */
export function house(): Facility | undefined {
  const { facilities } = shared.app.session();
  const chosen = localStorage.getItem(HOUSE);
  return (
    facilities.find(({ id }) => id === chosen) ??
    facilities.find(({ status }) => status === "active") ??
    facilities[0]
  );
}

export function chooseHouse(id: string): void {
  localStorage.setItem(HOUSE, id);
}
