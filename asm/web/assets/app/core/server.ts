/**
 * One request to our server with a proof of this device's key (DPoP, RFC 9449). It tells our answers
 * from those of a hotspot that answers in our stead, and measures the phone's clock by the way.
 */
import { readMeta, write } from "./database";
import { proveRequest } from "./device";
import { noteClock, noteNet } from "./netlog";
import { type ProblemDetails, Unreachable } from "./types";

const PATIENCE_MS = 60_000;

export interface Answer {
  status: number;
  /** Undefined where it is no JSON. */
  json: unknown;
  headers: Headers;
}
export interface Question {
  method: string;
  path: string;
  body?: BodyInit;
  type?: string;
  headers?: Record<string, string>;
  /** A DPoP-bound access token. */
  token?: string;
}

let nonce: string | undefined;

/** Raises Unreachable where no answer of ours comes. */
export async function send(question: Question): Promise<Answer> {
  nonce ??= await readMeta<string>("nonce");
  const before = nonce;
  const answer = await sendOnce(question);
  const given = answer.headers.get("DPoP-Nonce");
  if (given && given !== nonce) {
    nonce = given;
    await write(["meta"], (writing) => writing.store("meta").put(given, "nonce"));
  }
  if (wantsNonce(answer) && nonce !== before) return sendOnce(question);
  return answer;
}

function wantsNonce({ status, json, headers }: Answer): boolean {
  if (status !== 400 && status !== 401) return false;
  const said = json as { error?: string; code?: string } | undefined;
  const challenge = headers.get("WWW-Authenticate") ?? "";
  return [said?.error, said?.code, challenge].some((text) => text?.includes("use_dpop_nonce"));
}

async function sendOnce({ method, path, body, type, headers, token }: Question): Promise<Answer> {
  const address = location.origin + (path.split("?")[0] ?? path);
  const proof = await proveRequest(method, address, nonce, token);
  const sentAt = Date.now();
  const answer = await fetchPatiently(path, {
    method,
    body: body ?? null,
    headers: {
      Accept: "application/json",
      DPoP: proof,
      ...(token ? { Authorization: `DPoP ${token}` } : {}),
      ...(body === undefined ? {} : { "Content-Type": type ?? "application/json" }),
      ...headers,
    },
    cache: "no-store",
    // Only the device's own tokens count here, never a page's session beside it.
    credentials: "omit",
    // We send nobody elsewhere: who does is a hotspot.
    redirect: "manual",
  });
  if (!isOurs(answer)) await refuseStranger(answer);
  await noteNet({ online: true, captive: false });
  await noteClock(answer.headers.get("Date"), sentAt);
  const json: unknown = await answer.json().catch(() => undefined);
  await noteTooOld(answer.status, json);
  return { status: answer.status, json, headers: answer.headers };
}

function isOurs({ headers }: Response): boolean {
  // A refusal before the request reached the contract has no version, but no hotspot's type either.
  const type = headers.get("Content-Type") ?? "";
  return headers.has("ASM-Contract-Version") || type.startsWith("application/problem+json");
}

async function fetchPatiently(path: string, how: RequestInit): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    return await fetch(path, { ...how, signal: patience.signal });
  } catch {
    await noteNet({ online: false });
    throw new Unreachable("no answer");
  } finally {
    clearTimeout(timer);
  }
}

/** Something between may say that our server is away (5xx); anything else plays the server. */
async function refuseStranger({ status }: Response): Promise<never> {
  await noteNet({ online: true, captive: status < 500 });
  throw new Unreachable(status < 500 ? "captive" : "away");
}

async function noteTooOld(status: number, json: unknown): Promise<void> {
  if ((json as ProblemDetails | undefined)?.code === "app_too_old") await noteNet({ tooOld: true });
  else if (status < 300) await noteNet({ tooOld: false });
}

export function retryAfter({ headers }: Answer): number | undefined {
  const text = headers.get("Retry-After");
  if (!text) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), 3600) : undefined;
}
