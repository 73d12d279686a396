/**
 * All that sends, asks and writes, in a part of its own: the app opens and shows what the phone
 * holds before this is even read.
 */
import { keyHolder, readAccount, readKeyHolder, wipe } from "./account";
import { settleAmendments } from "./amendments";
import { randomText } from "./bytes";
import { changed } from "./changes";
import type { Facility, Receipt, Registration, Room } from "./contract";
import { readChanges } from "./feed";
import { flush } from "./flush";
import { fetchReceiptsAhead, keptAnswer, receiptOf } from "./kept";
import { dropPush } from "./push";
import { staysOf } from "./reading";
import { send } from "./server";
import { completeSignIn } from "./signin";
import { CLIENT, FORM, askJson, askSignedIn, refusalOf } from "./tokens";

export { comeBack, leaveToSignIn } from "./signin";
export { mendPush, pushSubscribe } from "./push";
export { askJson } from "./tokens";
export * as unsent from "./unsent";

export const FACILITIES = "/api/v1/facilities";

/** Sends what waits, then reads what changed. */
export async function exchange(now: boolean): Promise<void> {
  if (!navigator.onLine) return flush(now);
  await completeSignIn();
  await sendAll(now);
  const holder = await readKeyHolder();
  if (holder?.status !== "signed_in" || !now) return;
  for (const { id } of await keptAnswer<Facility[]>(holder, FACILITIES)) {
    await readChanges(holder, id);
    await fetchReceiptsAhead(holder, await staysOf(holder, id));
  }
}

/** What the outcome of a record lets out of its amendment goes in a second run. */
async function sendAll(now: boolean): Promise<void> {
  await flush(now);
  const holder = await readKeyHolder();
  if (holder && (await settleAmendments(holder))) await flush(now);
}

/** Without signal the phone forgets all the same; the server's session ends by itself. */
export async function leave(): Promise<void> {
  const account = await readAccount();
  if (account?.refresh) {
    const body = new URLSearchParams({ token: account.refresh, client_id: CLIENT }).toString();
    const revoke = send({ method: "POST", path: "/api/v1/oauth/revoke", body, type: FORM });
    await revoke.catch(() => undefined);
  }
  await dropPush();
  await wipe();
}

export async function registerFacility(registration: Registration, key: string): Promise<Facility> {
  const facility = await askJson<Facility>("POST", FACILITIES, registration, { "Idempotency-Key": key });
  await keptAnswer(await keyHolder(), FACILITIES, true);
  changed();
  return facility;
}

export async function readImage<Reading>(kind: string, image: Blob): Promise<Reading> {
  const path = `/api/v1/readings/${kind}`;
  const headers = { "Idempotency-Key": randomText() };
  const answer = await askSignedIn({ method: "POST", path, body: image, type: image.type, headers });
  if (answer.status !== 200) throw refusalOf(answer);
  return answer.json as Reading;
}

export const receipt = async (stayId: string): Promise<Receipt | undefined> =>
  receiptOf(await keyHolder(), stayId);
export const rooms = async (facilityId: string): Promise<Room[]> =>
  keptAnswer(await keyHolder(), `${FACILITIES}/${facilityId}/rooms`);
