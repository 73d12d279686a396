import { hashes, verify } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";

// The browser's own cryptography is missing on plain http addresses; this works everywhere.
hashes.sha512 = sha512;

export type Refusal = "receipt_unreadable" | "receipt_key_unknown" | "receipt_not_genuine";

export interface ReceiptFacts {
  number: string;
  facility: string;
  version: string;
  received: Date;
  due: Date;
  onTime: boolean;
  recorded: Date;
}

/** Proof that a host tried to declare and that nothing was stored: no receipt. */
export interface AttemptFacts {
  facility: string;
  attempted: Date;
}

const BODY_PARTS = 10;
const ATTEMPT_PARTS = 5;

/** The token in a scanned address, a receipt's JSON, or the bare token itself. */
export function tokenIn(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) {
    try {
      return String((JSON.parse(trimmed) as { token?: unknown }).token ?? "");
    } catch {
      return trimmed;
    }
  }
  return trimmed.slice(trimmed.lastIndexOf("#") + 1);
}

/** Check a token with public keys alone (key id → 64 hexadecimal digits). */
export function readToken(token: string, keys: Record<string, string>): ReceiptFacts | Refusal {
  const cut = token.lastIndexOf(".");
  const body = token.slice(0, cut);
  const parts = body.split(".");
  if (parts.length !== BODY_PARTS || parts[0] !== "ASM1") return "receipt_unreadable";
  const [, keyId = "", number = "", facility = "", version = "", , received, due, onTime, recorded] = parts;
  const refusal = refusalOf(body, token.slice(cut + 1), keyId, keys);
  if (refusal) return refusal;
  return {
    number: `${number.slice(0, 2)}-${number.slice(2, 6)}-${number.slice(6, 10)}-${number.slice(10)}`,
    facility: uuidOf(bytesOf(facility) ?? new Uint8Array()),
    version,
    received: new Date(Number(received)),
    due: new Date(Number(due)),
    onTime: onTime === "T",
    recorded: new Date(Number(recorded)),
  };
}

/** Check the token of an attempt; null when the text holds none. */
export function readAttempt(text: string, keys: Record<string, string>): AttemptFacts | Refusal | null {
  const token = /ASMA1\.[A-Za-z0-9_.-]+/.exec(text)?.[0];
  if (token === undefined) return null;
  const cut = token.lastIndexOf(".");
  const body = token.slice(0, cut);
  const parts = body.split(".");
  if (parts.length !== ATTEMPT_PARTS) return "receipt_unreadable";
  const [, keyId = "", facility = "", , attempted] = parts;
  const refusal = refusalOf(body, token.slice(cut + 1), keyId, keys);
  if (refusal) return refusal;
  return { facility: uuidOf(bytesOf(facility) ?? new Uint8Array()), attempted: new Date(Number(attempted)) };
}

function refusalOf(body: string, signed: string, keyId: string, keys: Record<string, string>): Refusal | null {
  const key = Object.hasOwn(keys, keyId) ? keys[keyId] : undefined;
  if (key === undefined) return "receipt_key_unknown";
  const signature = bytesOf(signed);
  return signature && isSigned(signature, body, key) ? null : "receipt_not_genuine";
}

function isSigned(signature: Uint8Array, body: string, keyHex: string): boolean {
  try {
    return verify(signature, new TextEncoder().encode(body), hexBytes(keyHex), { zip215: false });
  } catch {
    return false;
  }
}

/** Unpadded base64url; a text that says the same in other letters is refused, as the server does. */
function bytesOf(text: string): Uint8Array | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const canonical = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    return canonical === text ? Uint8Array.from(binary, (char) => char.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
