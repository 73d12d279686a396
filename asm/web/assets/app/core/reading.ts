/** What the phone holds of the server's data, opened for a page. Nothing here needs the network. */
import type { KeyHolder } from "./account";
import type { Guest, GuestInput, Receipt, StayView } from "./contract";
import { type SealedRow, type StayRow, read, readMeta } from "./database";
import { unseal } from "./sealing";

export const stayAt = (id: string, tag: string): string => `stays:${id}:${tag}`;
export const receiptAt = (stayId: string, tag: string): string => `receipts:${stayId}:${tag}`;
export const keptAt = (path: string): string => `kept:${path}`;

interface Kept<Value> {
  at: number;
  value: Value;
}

export async function readKept<Value>({ key, tag }: KeyHolder, path: string): Promise<Kept<Value> | undefined> {
  const row = await readMeta<SealedRow>(keptAt(path));
  return row && unseal<Kept<Value>>(key, `${keptAt(path)}:${tag}`, row.sealed);
}

export async function keptReceipt(
  { key, tag }: KeyHolder,
  stayId: string,
): Promise<{ kept?: Receipt | undefined; stay?: StayRow | undefined }> {
  const row = await read("receipts", (receipts) => receipts.get(stayId));
  const kept = row && (await unseal<Receipt>(key, receiptAt(stayId, tag), row.sealed));
  return { kept, stay: await read("stays", (stays) => stays.get(stayId)) };
}

export async function staysOf({ key, tag }: KeyHolder, facilityId: string): Promise<StayView[]> {
  const rows = await read("stays", (rows) => rows.by("facility", facilityId));
  const stays = await Promise.all(
    rows.map(({ id, sealed }) => unseal<StayView>(key, stayAt(id, tag), sealed)),
  );
  return stays
    .filter((stay) => stay !== undefined)
    .sort((one, other) => Date.parse(other.arrived_at) - Date.parse(one.arrived_at));
}

/** As one would type them anew: the newest first, each once. */
export function guestsOf(stays: StayView[]): GuestInput[] {
  const guests = new Map<string, Guest>();
  for (const { guest, voided_at: voided } of stays) {
    const who = `${guest.full_name}|${guest.birth_date}|${guest.document_number}`;
    if (!voided && !guests.has(who)) guests.set(who, guest);
  }
  return [...guests.values()];
}
