/** Requests in the name of who is signed in. */
import { type Account, changeAccount, expire, readAccount, wipe } from "./account";
import { randomText } from "./bytes";
import { thisDevice } from "./device";
import { alone } from "./locks";
import { type Answer, type Question, send } from "./server";
import { type ProblemDetails, Refused, SignInRequired, Unreachable } from "./types";

export const CLIENT = "asm-app";
export const FORM = "application/x-www-form-urlencoded";
const TOKEN_PATH = "/api/v1/oauth/token";
/** Asked for anew so much earlier that a request on its way is not refused. */
const EARLY_MS = 20_000;

interface TokenAnswer {
  access_token: string;
  expires_in: number;
  refresh_token: string;
  device_id?: string;
}
interface OAuthError {
  error?: string;
  /** `device_ended`: signed out from elsewhere. */
  code?: string;
}

export async function askToken(fields: Record<string, string>): Promise<Answer> {
  const { binding } = await thisDevice();
  const form = new URLSearchParams({ client_id: CLIENT, device_binding: binding, ...fields });
  return send({
    method: "POST",
    path: TOKEN_PATH,
    body: form.toString(),
    type: FORM,
  });
}

export function withTokens(before: Account | undefined, json: unknown): Account {
  const tokens = json as TokenAnswer;
  return {
    ...before,
    status: "signed_in",
    access: tokens.access_token,
    accessUntil: Date.now() + tokens.expires_in * 1000,
    refresh: tokens.refresh_token,
    ...(tokens.device_id ? { deviceId: tokens.device_id } : {}),
  };
}

/** Our answer to a signed-in request. Raises Unreachable, SignInRequired. */
export async function askSignedIn(question: Question): Promise<Answer> {
  const token = await freshToken();
  const answer = await send({ ...question, token });
  if (answer.status !== 401) return answer;
  await wipeIfEnded(answer);
  const again = await send({ ...question, token: await freshToken(token) });
  if (again.status !== 401) return again;
  await wipeIfEnded(again);
  await expire();
  throw new SignInRequired("sign_in_required");
}

/** The same, of JSON; raises Refused where the server refuses. */
export async function askJson<Result>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Result> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  // Every POST has a key: whoever asks twice for one thing gives it.
  const keyed = method === "POST" ? { "Idempotency-Key": randomText(), ...headers } : { ...headers };
  const answer = await askSignedIn({ method, path, ...sent, headers: keyed });
  if (answer.status >= 300) throw refusalOf(answer);
  return answer.json as Result;
}

export function refusalOf({ status, json }: Answer): Error {
  if (status >= 500 || json === undefined) return new Unreachable(String(status));
  return new Refused(json as ProblemDetails);
}

/** Refreshed by one tab or worker at a time; the others take what it brought. */
function freshToken(refused?: string): Promise<string> {
  return alone("asm-refresh", async () => {
    const account = await readAccount();
    const usable = (account?.accessUntil ?? 0) - EARLY_MS > Date.now();
    if (account?.access && account.access !== refused && usable) return account.access;
    if (!account?.refresh || account.status !== "signed_in") throw new SignInRequired("sign_in_required");
    const answer = await askToken({
      grant_type: "refresh_token",
      refresh_token: account.refresh,
    });
    if (answer.status === 200) {
      return (await changeAccount((before) => withTokens(before, answer.json))).access ?? "";
    }
    const refusal = answer.json as OAuthError | undefined;
    if (refusal?.error !== "invalid_grant") throw new Unreachable(String(answer.status));
    await wipeIfEnded(answer);
    await expire();
    throw new SignInRequired("sign_in_required");
  });
}

/** Somebody signed this device out from elsewhere. */
async function wipeIfEnded({ json }: Answer): Promise<void> {
  const refusal = json as OAuthError | undefined;
  if (refusal?.code !== "device_ended") return;
  await wipe({ status: "ended" });
  throw new SignInRequired("sign_in_required");
}
