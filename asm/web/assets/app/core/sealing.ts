/**
 * What the store holds of people is sealed with AES-GCM: a fresh IV each time, bound to where it
 * stands and whose it is. Sealing and opening wait for the browser's crypto, during which a
 * transaction would end by itself: so both happen before a transaction is opened.
 */
import { type Bytes, fromBase64url, textOf, utf8 } from "./bytes";

export interface Sealed {
  iv: Bytes;
  data: ArrayBuffer;
}

/** Cannot be read out again, not even by us. */
export const outboxKey = (text: string): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", fromBase64url(text), "AES-GCM", false, ["encrypt", "decrypt"]);

/** `at`: the row's store and key, and its account. */
const bound = (iv: Bytes, at: string): AesGcmParams => ({
  name: "AES-GCM",
  iv,
  additionalData: utf8(at),
});

export async function seal(key: CryptoKey, at: string, value: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt(bound(iv, at), key, utf8(JSON.stringify(value))) };
}

/** Undefined: another key's, or damaged. */
export async function unseal<Value>(
  key: CryptoKey,
  at: string,
  sealed: Sealed,
): Promise<Value | undefined> {
  try {
    const text = textOf(await crypto.subtle.decrypt(bound(sealed.iv, at), key, sealed.data));
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}
