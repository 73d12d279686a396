/** Who is signed in on this phone, as the store has it. */
import { base64url, utf8 } from "./bytes";
import { changed } from "./changes";
import { read, write } from "./database";
import { NoKey } from "./types";

export interface Account {
  status: "signed_in" | "expired" | "ended";
  id?: string;
  name?: string;
  /** Names whose a row is, without naming the account. */
  tag?: string;
  key?: CryptoKey;
  deviceId?: string;
  access?: string;
  /** Milliseconds of this phone's clock; only spares a request that would be refused. */
  accessUntil?: number;
  refresh?: string;
}
/** One whose key is here: it can seal and open. */
export type KeyHolder = Account & { id: string; name: string; tag: string; key: CryptoKey };

export async function readAccount(): Promise<Account | undefined> {
  return (await read("session", (session) => session.get("account"))) as Account | undefined;
}

export async function readKeyHolder(): Promise<KeyHolder | undefined> {
  const [stored, unnamed] = await read("session", (session) =>
    Promise.all([session.get("account"), session.get("unnamed")]),
  );
  const account = stored as Account | undefined;
  // Somebody has just come back from signing in: until it is known who, nothing is sealed or sent.
  return account?.key && account.tag && !unnamed ? (account as KeyHolder) : undefined;
}

export async function keyHolder(): Promise<KeyHolder> {
  const holder = await readKeyHolder();
  if (!holder) throw new NoKey("no_key");
  return holder;
}

export async function changeAccount(
  change: (before: Account | undefined) => Account,
): Promise<Account> {
  const after = await write(["session"], async (writing) => {
    const session = writing.store("session");
    const account = change((await session.get("account")) as Account | undefined);
    await session.put(account, "account");
    return account;
  });
  changed();
  return after;
}

export const tagOf = async (accountId: string): Promise<string> =>
  base64url(await crypto.subtle.digest("SHA-256", utf8(`asm-account:${accountId}`))).slice(0, 22);

/** Tokens are gone, the key stays: what waits is still read, and more may be saved. */
export const expire = (): Promise<Account> =>
  changeAccount((before) => {
    if (!before || before.status === "ended") return { status: "ended" };
    const { access: _access, accessUntil: _until, refresh: _refresh, ...kept } = before;
    return { ...kept, status: "expired" };
  });

/**
 * Forgets the person: key, tokens, and all that the server has too. Unsent records and drafts stay,
 * sealed with a key that only the same person's next sign-in brings back.
 */
export async function wipe(leave?: Account): Promise<void> {
  await write(["session", "stays", "receipts", "meta"], async (writing) => {
    await Promise.all([
      writing.store("stays").clear(),
      writing.store("receipts").clear(),
      writing.store("meta").clear(),
      writing.store("session").delete("account"),
      leave && writing.store("session").put(leave, "account"),
    ]);
  });
  changed();
}
