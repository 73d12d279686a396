/** Bytes as text that may stand in addresses, keys and JSON. */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export type Bytes = Uint8Array<ArrayBuffer>;

export const utf8 = (text: string): Bytes => encoder.encode(text);
export const textOf = (bytes: ArrayBuffer): string => decoder.decode(bytes);

export function base64url(bytes: ArrayBuffer | Bytes): string {
  const binary = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function fromBase64url(text: string): Bytes {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** 128 bits that nobody guesses, as 22 letters. */
export const randomText = (length = 16): string =>
  base64url(crypto.getRandomValues(new Uint8Array(length)));

export const sha256 = async (text: string): Promise<string> =>
  base64url(await crypto.subtle.digest("SHA-256", utf8(text)));

/** RFC 3339 with this phone's own offset, to the second. */
export function localTime(date = new Date()): string {
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const away = Math.abs(minutes);
  return `${local}${minutes < 0 ? "-" : "+"}${two(away / 60)}:${two(away % 60)}`;
}
