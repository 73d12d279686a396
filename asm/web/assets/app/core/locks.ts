/** One at a time among all tabs and the worker: Web Locks, and a lease where a browser has none. */
import { randomText } from "./bytes";
import { write } from "./database";

/** Whoever sends the outbox holds it. */
export const FLUSH_LOCK = "asm-flush";
const LEASE_MS = 90_000;
const RETRY_MS = 250;
const holder = randomText();

interface Lease {
  holder: string;
  until: number;
}

export function alone<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  // The browser's own types say that it is always there.
  const locks = navigator.locks as LockManager | undefined;
  if (locks) return locks.request(name, work) as Promise<Result>;
  return leased(`lease:${name}`, work);
}

/** Whether nobody holds it just now; true where the browser cannot say. */
export async function isFree(name: string): Promise<boolean> {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return true;
  return locks.request(name, { ifAvailable: true }, (lock) => Promise.resolve(lock !== null));
}

async function leased<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  while (!(await take(name))) await new Promise((later) => setTimeout(later, RETRY_MS));
  try {
    return await work();
  } finally {
    await write(["meta"], (writing) => writing.store("meta").delete(name));
  }
}

function take(name: string): Promise<boolean> {
  return write(["meta"], async (writing) => {
    const meta = writing.store("meta");
    const lease = (await meta.get(name)) as Lease | undefined;
    if (lease && lease.until > Date.now()) return false;
    await meta.put({ holder, until: Date.now() + LEASE_MS } satisfies Lease, name);
    return true;
  });
}
