/** New records, and records said anew under another key. Only pages write these. */
import type { KeyHolder } from "./account";
import { randomText, sha256 } from "./bytes";
import type { Deed, StayRef } from "./contract";
import type { OutboxRow } from "./database";
import { proveSaved, thisDevice } from "./device";
import { type Opened, openAll, sealRecord, waitsFor } from "./records";

/** A new record with its own key, signed by this device; not stored yet. */
export async function compose(
  holder: KeyHolder,
  facilityId: string,
  deed: Deed,
  savedAt: string,
): Promise<Opened> {
  const key = randomText();
  const body = JSON.stringify(deed.body);
  const { thumbprint } = await thisDevice();
  const row: Omit<OutboxRow, "sealed"> = {
    key,
    account: holder.tag,
    facility: (await sha256(`${holder.tag}:${facilityId}`)).slice(0, 22),
    state: "waiting",
    frozen: false,
    tries: 0,
    rev: 0,
    changedAt: Date.now(),
  };
  const proof = await proveSaved(key, savedAt, body);
  const contents = { facilityId, deed, savedAt, body, proof, signedBy: thumbprint };
  return sealRecord(holder, { row, contents });
}

/** Says the same again under a new key: of a record that the server refused. */
export async function renew(holder: KeyHolder, { row, contents }: Opened, deed: Deed): Promise<Opened> {
  const fresh = await compose(holder, contents.facilityId, deed, contents.savedAt);
  return { row: { ...fresh.row, seq: row.seq as number, rev: row.rev }, contents: fresh.contents };
}

/** Records that wait for a declaration under its old key, as they stand under the new one. */
export async function dependants(holder: KeyHolder, from: string, to: string): Promise<Opened[]> {
  const { opened } = await openAll(holder);
  return opened
    .filter(({ row, contents }) => row.state !== "received" && waitsFor(contents) === from)
    .map(({ row, contents }) => {
      const deed = { ...contents.deed } as Extract<Deed, { stay: StayRef }>;
      deed.stay = { ...deed.stay, declared_by: to } as StayRef;
      return { row, contents: { ...contents, deed } };
    });
}
