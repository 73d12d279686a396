/** What a person does with records that have no receipt yet. */
import { type KeyHolder, keyHolder, readKeyHolder } from "./account";
import { base64url, localTime } from "./bytes";
import { changed } from "./changes";
import type { Deed } from "./contract";
import { read, write } from "./database";
import { compose, dependants, renew } from "./compose";
import { type Opened, allRows, changeRecord, openAll, putAll, shown } from "./records";
import { seal, unseal } from "./sealing";
import { fitting, inChat } from "./room";
import { NoKey, type OutboxRecord } from "./types";

const DAY_MS = 24 * 3600_000;

export async function saveRecord(facilityId: string, deed: Deed, draftId?: string): Promise<OutboxRecord> {
  if (inChat()) throw new NoKey("in_chat");
  const holder = await keyHolder();
  const opened = await compose(holder, facilityId, deed, localTime());
  await fitting(() =>
    putAll([opened], (writing) => {
      if (draftId !== undefined) void writing.store("drafts").delete(draftAt(holder, draftId));
    }),
  );
  return shown(opened);
}

export async function amendRecord(key: string, deed: Deed): Promise<OutboxRecord> {
  const holder = await keyHolder();
  const change = async (opened: Opened): Promise<Opened[]> => {
    const { row, contents } = opened;
    if (row.state === "received") throw new RangeError("received already");
    if (row.frozen && row.state !== "sent_back") {
      return [{ row: { ...row, amended: true }, contents: { ...contents, amendment: deed } }];
    }
    const fresh = await renew(holder, opened, deed);
    return [fresh, ...(await dependants(holder, key, fresh.row.key))];
  };
  return shown(await fitting(() => changeRecord(holder, key, change)));
}

/** Also what waits for it. What may have left the phone stays: the server may have it. */
export async function removeRecord(key: string): Promise<void> {
  const holder = await keyHolder();
  const removedAt = Date.now();
  const removed = ({ row, contents }: Opened): Opened => ({ row: { ...row, removedAt }, contents });
  await changeRecord(holder, key, async (opened) => {
    const { frozen, state } = opened.row;
    if (state === "received" || (frozen && state !== "sent_back")) throw new RangeError("sent already");
    return [opened, ...(await dependants(holder, key, key))].map(removed);
  });
  changed();
}

export async function bringBack(key: string): Promise<void> {
  const holder = await keyHolder();
  await changeRecord(holder, key, async (opened) => {
    const together = (await dependants(holder, key, key)).filter(
      ({ row }) => row.removedAt === opened.row.removedAt,
    );
    return [opened, ...together].map(({ row: { removedAt: _when, ...row }, contents }) => ({ row, contents }));
  });
  changed();
}

/** Received ones and removed ones go after a day. Nothing unsent ever does. */
export async function dropOld(): Promise<void> {
  const before = Date.now() - DAY_MS;
  const old = (await allRows()).filter(
    ({ state, amended, changedAt, removedAt = Infinity }) =>
      (state === "received" && !amended && changedAt < before) || removedAt < before,
  );
  if (!old.length) return;
  await write(["outbox"], async (writing) => {
    await Promise.all(old.map((row) => writing.store("outbox").delete(row.seq as number)));
  });
}

export async function exportAll(draft?: unknown): Promise<Blob> {
  const holder = await readKeyHolder();
  const { opened } = await openAll(holder);
  const open = new Set(opened.map(({ row }) => row.key));
  const sealed = (await allRows()).filter(({ key }) => !open.has(key));
  const file = {
    exported_at: localTime(),
    records: opened.filter(({ row }) => row.state !== "received").map(shown),
    unreadable: sealed.map(({ key, sealed: { iv, data } }) => ({ key, iv: base64url(iv), data: base64url(data) })),
    ...(draft === undefined ? {} : { draft }),
  };
  return new Blob([JSON.stringify(file, null, 2)], { type: "application/json" });
}

const draftAt = ({ tag }: KeyHolder, id: string): string => `drafts:${id}:${tag}`;

export async function loadDraft<Draft>(id: string): Promise<Draft | undefined> {
  const holder = await readKeyHolder();
  if (!holder) return undefined;
  const at = draftAt(holder, id);
  const row = await read("drafts", (drafts) => drafts.get(at));
  return row && unseal<Draft>(holder.key, at, row.sealed);
}

export async function storeDraft(id: string, value: unknown): Promise<void> {
  const holder = await keyHolder();
  const at = draftAt(holder, id);
  const sealed = await seal(holder.key, at, value);
  await fitting(() => write(["drafts"], (writing) => writing.store("drafts").put({ id: at, sealed })));
}

export async function clearDraft(id: string): Promise<void> {
  const at = draftAt(await keyHolder(), id);
  await write(["drafts"], (writing) => writing.store("drafts").delete(at));
}
