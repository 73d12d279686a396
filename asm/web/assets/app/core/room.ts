/** Whether this browser has room to keep anything, and for how long. */
import { changed } from "./changes";
import { isFull } from "./database";
import { StorageFull } from "./types";

let full = false;
export const isStorageFull = (): boolean => full;

/** Says in one way that a write did not fit. */
export async function fitting<Result>(writing: () => Promise<Result>): Promise<Result> {
  try {
    const result = await writing();
    full = false;
    return result;
  } catch (failure) {
    if (!isFull(failure)) throw failure;
    full = true;
    throw new StorageFull("storage_full");
  } finally {
    changed();
  }
}

/** Browsers inside chat and social apps: closed with the chat, and their store with them. */
export const inChat = (): boolean => /Zalo|FBA[NV]|Instagram|Line\/|Telegram|MicroMessenger/.test(navigator.userAgent);
