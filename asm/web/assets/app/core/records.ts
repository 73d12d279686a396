/** Rows of the outbox: opened, sealed and changed. Shared by pages and the worker. */
import type { KeyHolder } from "./account";
import { type OutboxRow, type Writing, read, write } from "./database";
import { seal, unseal } from "./sealing";
import type { OutboxRecord } from "./types";

/** What is sealed of a record. */
export interface Contents
  extends Pick<OutboxRecord, "facilityId" | "deed" | "savedAt" | "amendment" | "answer" | "problem"> {
  /** The bytes of its `body` in every request: what the proof is about. */
  body: string;
  proof?: string;
  /** Thumbprint of the key that signed the proof. */
  signedBy?: string;
}
export interface Opened {
  row: OutboxRow;
  contents: Contents;
}

const placeOf = (row: Pick<OutboxRow, "key" | "account">): string => `outbox:${row.key}:${row.account}`;

export async function sealRecord(
  { key }: KeyHolder,
  { row, contents }: { row: Omit<OutboxRow, "sealed">; contents: Contents },
): Promise<Opened> {
  const sealed = await seal(key, placeOf(row), contents);
  return { row: { ...row, changedAt: Date.now(), rev: row.rev + 1, sealed }, contents };
}

/** Opened before, as long as nothing changed it: pages look often. */
const known = new Map<string, Opened>();

export async function openRow({ key, tag }: KeyHolder, row: OutboxRow): Promise<Opened | undefined> {
  if (row.account !== tag) return undefined;
  const before = known.get(row.key);
  if (before?.row.rev === row.rev) return { row, contents: before.contents };
  const contents = await unseal<Contents>(key, placeOf(row), row.sealed);
  if (!contents) return undefined;
  known.set(row.key, { row, contents });
  return { row, contents };
}

export async function allRows(): Promise<OutboxRow[]> {
  return read("outbox", (outbox) => outbox.all());
}

/** All that this person's key opens, in the order of saving, and how many it does not open. */
export async function openAll(
  holder: KeyHolder | undefined,
): Promise<{ opened: Opened[]; unreadable: number }> {
  const rows = await allRows();
  // What nobody may read any more is not remembered either.
  if (!holder) known.clear();
  const tried = await Promise.all(rows.map((row) => (holder ? openRow(holder, row) : undefined)));
  const opened = tried.filter((each) => each !== undefined);
  return { opened, unreadable: rows.length - opened.length };
}

/** Puts rows that were changed outside a transaction; false where one was changed meanwhile. */
export function putAll(prepared: Opened[], also?: (writing: Writing) => void): Promise<boolean> {
  return write(["outbox", "receipts", "drafts"], async (writing) => {
    const outbox = writing.store("outbox");
    const current = await Promise.all(
      prepared.map(({ row }) => (row.seq === undefined ? undefined : outbox.get(row.seq))),
    );
    const fits = prepared.every(
      ({ row }, at) => row.seq === undefined || current[at]?.rev === row.rev - 1,
    );
    if (!fits) return false;
    for (const { row } of prepared) void outbox.put(row);
    also?.(writing);
    return true;
  });
}

/**
 * Changes one record; `change` may run again where a sender or another tab was quicker. Further
 * records that it gives are stored with it.
 */
export async function changeRecord(
  holder: KeyHolder,
  key: string,
  change: (opened: Opened) => Promise<Opened[]> | Opened[],
): Promise<Opened> {
  for (;;) {
    const [row] = await read("outbox", (outbox) => outbox.by("key", key));
    const opened = row && (await openRow(holder, row));
    if (!opened) throw new RangeError("no such record");
    const after = await change(opened);
    const sealed = await Promise.all(after.map((each) => sealRecord(holder, each)));
    if (await putAll(sealed)) return sealed[0] ?? opened;
  }
}

/** Which unsent declaration it waits for. */
export function waitsFor({ deed }: Contents): string | undefined {
  return "stay" in deed && "declared_by" in deed.stay ? deed.stay.declared_by : undefined;
}

export function shown({ row, contents }: Opened): OutboxRecord {
  const { facilityId, deed, savedAt, amendment, answer, problem } = contents;
  return {
    key: row.key,
    facilityId,
    deed,
    savedAt,
    state: row.state,
    frozen: row.frozen,
    tries: row.tries,
    ...(amendment && { amendment }),
    ...(answer && { answer }),
    ...(problem && { problem }),
    ...(row.lastTry === undefined ? {} : { lastTry: new Date(row.lastTry).toISOString() }),
    ...(row.removedAt === undefined ? {} : { removedAt: new Date(row.removedAt).toISOString() }),
  };
}
