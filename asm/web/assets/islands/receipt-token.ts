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

const BODY_PARTS = 10;

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
  const key = Object.hasOwn(keys, keyId) ? keys[keyId] : undefined;
  if (key === undefined) return "receipt_key_unknown";
  const signature = bytesOf(token.slice(cut + 1));
  if (!signature || !isSigned(signature, body, key)) return "receipt_not_genuine";
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
