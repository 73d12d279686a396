/** Answers of the server that the app shows without signal: facilities, rooms, receipts. */
import type { KeyHolder } from "./account";
import { changed } from "./changes";
import type { Receipt, StayView } from "./contract";
import { read, write } from "./database";
import { keptAt, keptReceipt, readKept, receiptAt } from "./reading";
import { seal } from "./sealing";
import { askJson } from "./tokens";

const FRESH_MS = 600_000;
/** Receipts fetched ahead in one go: those of who is in the house now. */
const AHEAD = 20;

/** What is kept, renewed by the way where it is older than ten minutes. */
export async function keptAnswer<Value>(holder: KeyHolder, path: string, now = false): Promise<Value> {
  const kept = await readKept<Value>(holder, path);
  if (!now && kept && Math.abs(Date.now() - kept.at) < FRESH_MS) return kept.value;
  const renewed = renewKept<Value>(holder, path);
  if (!kept || now) return renewed;
  renewed.then(changed, () => undefined);
  return kept.value;
}

async function renewKept<Value>({ key, tag }: KeyHolder, path: string): Promise<Value> {
  const value = await askJson<Value>("GET", path);
  const id = keptAt(path);
  const sealed = await seal(key, `${id}:${tag}`, { at: Date.now(), value });
  await write(["meta"], (writing) => writing.store("meta").put({ id, sealed }, id));
  return value;
}

export async function receiptOf(holder: KeyHolder, stayId: string): Promise<Receipt | undefined> {
  const { kept, stay } = await keptReceipt(holder, stayId);
  if (kept && (!stay || stay.version <= kept.version)) return kept;
  if (!stay) return undefined;
  const path = `/api/v1/facilities/${stay.facility}/stays/${stayId}/receipt`;
  const receipt = await askJson<Receipt>("GET", path).catch(() => undefined);
  if (!receipt) return kept;
  const sealed = await seal(holder.key, receiptAt(stayId, holder.tag), receipt);
  await write(["receipts"], (writing) => writing.store("receipts").put({ id: stayId, sealed }));
  return receipt;
}

/** For the officer at the door, who comes when there is no signal. */
export async function fetchReceiptsAhead(holder: KeyHolder, stays: StayView[]): Promise<void> {
  const has = new Set(await read("receipts", (receipts) => receipts.keys()));
  const inHouse = stays.filter(({ departed_at: gone, voided_at: voided }) => !gone && !voided);
  for (const { id } of inHouse.filter((stay) => !has.has(stay.id)).slice(0, AHEAD)) {
    await receiptOf(holder, id);
  }
}
