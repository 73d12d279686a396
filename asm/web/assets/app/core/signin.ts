/**
 * Sign-in: authorization code with PKCE, in this browser (RFC 6749, 7636). The app leaves for the
 * server's page and comes back at /app/signed-in; what it left with stands in the store.
 */
import { type Account, changeAccount, readAccount, tagOf, wipe } from "./account";
import { randomText, sha256 } from "./bytes";
import { changed } from "./changes";
import { read, write } from "./database";
import { thisDevice } from "./device";
import { noteNet } from "./netlog";
import { outboxKey } from "./sealing";
import { CLIENT, askJson, askToken, withTokens } from "./tokens";
import { Unreachable } from "./types";

const BACK = "/app/signed-in";

interface Pending {
  verifier: string;
  state: string;
}

/** `other`: the server asks which account. */
export async function leaveToSignIn(other: boolean): Promise<void> {
  const pending: Pending = { verifier: randomText(48), state: randomText() };
  await write(["session"], (writing) => writing.store("session").put(pending, "pending"));
  const { thumbprint } = await thisDevice();
  const query = new URLSearchParams({
    response_type: "code",
    client_id: CLIENT,
    redirect_uri: location.origin + BACK,
    code_challenge: await sha256(pending.verifier),
    code_challenge_method: "S256",
    state: pending.state,
    dpop_jkt: thumbprint,
    device_label: deviceLabel(),
    ...(other ? { prompt: "select" } : {}),
  });
  location.assign(`/oauth/authorize?${query.toString()}`);
}

/** "Chrome · Android": how the person knows it in the list of devices. */
function deviceLabel(): string {
  const agent = navigator.userAgent;
  const browser = ["Edg", "SamsungBrowser", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(name));
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((name) => agent.includes(name));
  return [browser, system].filter(Boolean).join(" · ") || "?";
}

/** Takes the code from the address, once. What went wrong, or undefined. */
export async function comeBack(): Promise<string | undefined> {
  const query = new URLSearchParams(location.search);
  // Neither a reload nor the history may show the code again.
  history.replaceState(null, "", "/app/");
  const pending = await takePending();
  const [code, error] = [query.get("code"), query.get("error")];
  if (error) return error;
  if (!code || !pending || pending.state !== query.get("state")) return "state_lost";
  const answer = await askToken({
    grant_type: "authorization_code",
    code,
    redirect_uri: location.origin + BACK,
    code_verifier: pending.verifier,
  }).catch((failure: unknown) => {
    if (failure instanceof Unreachable) return undefined;
    throw failure;
  });
  if (!answer) return "offline";
  if (answer.status !== 200) return (answer.json as { error?: string } | undefined)?.error ?? "refused";
  const fresh = withTokens(await readAccount(), answer.json);
  await write(["session"], async (writing) => {
    const session = writing.store("session");
    // The key of who was here before counts for nothing until it is known who is here now.
    await Promise.all([session.put(fresh, "account"), session.put(true, "unnamed")]);
  });
  await completeSignIn();
  return undefined;
}

function takePending(): Promise<Pending | undefined> {
  return write(["session"], async (writing) => {
    const session = writing.store("session");
    const pending = (await session.get("pending")) as Pending | undefined;
    await session.delete("pending");
    return pending;
  });
}

/**
 * Asks who it is and for their outbox key; begins anew at the next start where the signal ended
 * between. Another person's cache and key are forgotten first.
 */
export async function completeSignIn(): Promise<void> {
  if (!(await read("session", (session) => session.get("unnamed")))) return;
  const me = await askJson<{ id: string; display_name: string }>("GET", "/api/v1/me");
  const given = await askJson<{ device_id: string; key: string }>(
    "POST",
    "/api/v1/me/devices/current/outbox-key",
  );
  const named = {
    id: me.id,
    name: me.display_name,
    tag: await tagOf(me.id),
    key: await outboxKey(given.key),
    deviceId: given.device_id,
  };
  const before = await readAccount();
  if (before?.id !== undefined && before.id !== me.id) await wipe(withoutPerson(before));
  await changeAccount((now) => ({ ...(now as Account), ...named }));
  await write(["session"], (writing) => writing.store("session").delete("unnamed"));
  // A new session begins with a clean record of tries.
  await noteNet({ failures: 0 });
  changed();
}

function withoutPerson({ status, access, accessUntil, refresh }: Account): Account {
  return { status, ...(access && refresh && accessUntil ? { access, accessUntil, refresh } : {}) };
}
