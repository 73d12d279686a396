/**
 * This browser's own key pair and name, made once and kept over every sign-in and sign-out: proofs
 * of unsent records stay checkable, and the same person gets the same outbox key again.
 */
import { base64url, randomText, sha256, utf8 } from "./bytes";
import { read, write } from "./database";

export interface Device {
  /** Not extractable: a copy of the store signs nothing. */
  pair: CryptoKeyPair;
  /** Its public half, and the thumbprint of that (RFC 7638). */
  jwk: { crv: string; kty: string; x: string; y: string };
  thumbprint: string;
  binding: string;
}

let known: Device | undefined;

export async function thisDevice(): Promise<Device> {
  known ??= (await read("session", (session) => session.get("device"))) as Device | undefined;
  if (known) return known;
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(curve, false, ["sign", "verify"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  // In the order of letters, without blanks: so it is what the thumbprint is of.
  const jwk = { crv: "P-256", kty: "EC", x, y };
  const fresh = { pair, jwk, thumbprint: await sha256(JSON.stringify(jwk)), binding: randomText() };
  known = await write(["session"], async (writing) => {
    const session = writing.store("session");
    // Another tab may have been quicker.
    const first = (await session.get("device")) as Device | undefined;
    if (!first) await session.put(fresh, "device");
    return first ?? fresh;
  });
  return known;
}

/** A proof that a request comes from this device (DPoP, RFC 9449): of `token` where it carries one. */
export async function proveRequest(
  htm: string,
  htu: string,
  nonce: string | undefined,
  token: string | undefined,
): Promise<string> {
  const { jwk } = await thisDevice();
  const claims = { jti: randomText(), htm, htu, iat: Math.floor(Date.now() / 1000), nonce };
  return sign({ typ: "dpop+jwt", jwk }, token === undefined ? claims : { ...claims, ath: await sha256(token) });
}

/** Signs when a record was saved, and what it said (`saved.proof` of the batch). */
export async function proveSaved(key: string, savedAt: string, body: string): Promise<string> {
  return sign({ typ: "asm-saved+jwt" }, { key, saved_at: savedAt, body_sha256: await sha256(body) });
}

/** A compact JWS (RFC 7515) with ES256, whose bytes are just what WebCrypto gives. */
async function sign(head: object, claims: object): Promise<string> {
  const { pair } = await thisDevice();
  const part = (value: object): string => base64url(utf8(JSON.stringify(value)));
  const signed = `${part({ ...head, alg: "ES256" })}.${part(claims)}`;
  const how = { name: "ECDSA", hash: "SHA-256" };
  return `${signed}.${base64url(await crypto.subtle.sign(how, pair.privateKey, utf8(signed)))}`;
}
