/**
 * What the last tries showed of the network, the server and the phone's clock; in the store, so that
 * all tabs and the worker know it.
 */
import { changeMeta, readMeta } from "./database";
import { changed } from "./changes";

const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 300_000;

export interface NetLog {
  online: boolean;
  captive: boolean;
  tooOld: boolean;
  failures: number;
  lastTry?: number;
  /** Before then nothing is tried by the clock alone. */
  nextTry?: number;
  /** Before then nothing is tried at all: the server asked for it (`Retry-After`). */
  notBefore?: number;
  clockOffsetS?: number;
}
const UNKNOWN: NetLog = { online: true, captive: false, tooOld: false, failures: 0 };

export const readNet = async (): Promise<NetLog> => (await readMeta<NetLog>("net")) ?? UNKNOWN;

export async function noteNet(now: Partial<NetLog>): Promise<void> {
  const before = await readNet();
  const names = Object.keys(now) as (keyof NetLog)[];
  if (names.every((name) => before[name] === now[name])) return;
  await changeMeta<NetLog>("net", (current) => ({ ...(current ?? UNKNOWN), ...now }));
  changed();
}

/** The server's clock minus ours; a `Date` names whole seconds, so less than two say nothing. */
export async function noteClock(serverTime: string | null, sentAt: number): Promise<void> {
  const server = Date.parse(serverTime ?? "");
  if (Number.isNaN(server)) return;
  // Adding 0 makes of -0 what people know.
  const offset = Math.round((server - (sentAt + Date.now()) / 2) / 1000) + 0;
  const before = (await readNet()).clockOffsetS;
  if (before === undefined || Math.abs(before - offset) >= 2) await noteNet({ clockOffsetS: offset });
}

export async function noteSuccess(): Promise<void> {
  await changeMeta<NetLog>("net", (before) => {
    const { nextTry: _next, notBefore: _not, ...kept } = before ?? UNKNOWN;
    return { ...kept, failures: 0, lastTry: Date.now(), online: true, captive: false };
  });
  changed();
}

/** Doubles the wait, with a random part so that a village's phones do not come back together. */
export async function noteFailure(retryAfterS?: number): Promise<void> {
  await changeMeta<NetLog>("net", (before) => {
    const failures = (before?.failures ?? 0) + 1;
    const longest = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
    const wait = longest * (0.75 + Math.random() / 4);
    const now = Date.now();
    const log: NetLog = { ...(before ?? UNKNOWN), failures, lastTry: now, nextTry: now + wait };
    if (retryAfterS !== undefined) {
      log.notBefore = now + retryAfterS * 1000;
      log.nextTry = Math.max(now + wait, log.notBefore);
    }
    return log;
  });
  changed();
}

/** A clock that was set back must not hold records for a day. */
export const stillAhead = (time: number | undefined, longestMs: number): boolean =>
  time !== undefined && time > Date.now() && time - Date.now() <= longestMs;
export const isWaiting = (log: NetLog): boolean => stillAhead(log.nextTry, LONGEST_WAIT_MS * 2);
export const isHeldOff = (log: NetLog): boolean => stillAhead(log.notBefore, 3_600_000);
