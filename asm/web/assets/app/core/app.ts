/** The core behind `App`: what pages see is read back from the store, after every change and by a timer. */
import { type KeyHolder, keyHolder, readAccount, readKeyHolder } from "./account";
import { showBadge } from "./badge";
import { changed, onChange } from "./changes";
import type { Facility } from "./contract";
import { readNet } from "./netlog";
import { guestsOf, readKept, staysOf } from "./reading";
import { openAll, shown } from "./records";
import { inChat, isStorageFull } from "./room";
import { type App, type Net, type OutboxRecord, type Session, Refused, SignInRequired, Unreachable } from "./types";
import { applyUpdate, flushWhenOnline, lookForUpdate, registerWorker, touched, updateReady } from "./update";

/** Read when it is first needed, and kept by the worker with the rest. */
const network = (): Promise<typeof import("./exchange")> => import("./exchange");
const FACILITIES = "/api/v1/facilities";
/** The longest that a page shows what another tab or the worker changed without a word. */
const LOOK_MS = 15_000;

let session: Session = { status: "signed_out", facilities: [] };
let net: Net = {
  online: true,
  captive: false,
  unsent: 0,
  unreadable: 0,
  persisted: false,
  storageFull: false,
  updateReady: false,
  tooOld: false,
  syncing: false,
  inChat: inChat(),
};
let signInError: string | undefined;
let syncing: Promise<void> | undefined;
const listeners = new Set<() => void>();

async function readSession(holder: KeyHolder | undefined): Promise<Session> {
  const account = holder ?? (await readAccount());
  const kept = holder && (await readKept<Facility[]>(holder, FACILITIES));
  const status = holder ? holder.status : account?.status === "ended" ? "ended" : "signed_out";
  return {
    status,
    facilities: kept?.value ?? [],
    ...(holder && { account: { id: holder.id, name: holder.name } }),
    ...(holder?.deviceId === undefined ? {} : { deviceId: holder.deviceId }),
    ...(signInError === undefined ? {} : { signInError }),
  };
}

async function readStatus(holder: KeyHolder | undefined): Promise<Net> {
  const [log, { opened, unreadable }, persisted] = await Promise.all([
    readNet(),
    openAll(holder),
    navigator.storage?.persisted?.(),
  ]);
  const unsent = opened.filter(({ row }) => row.state !== "received" && row.removedAt === undefined);
  const iso = (time?: number): string => (time ? new Date(time).toISOString() : "");
  const [lastTry, nextTry] = [iso(log.lastTry), iso(log.nextTry)];
  return {
    online: navigator.onLine && log.online,
    captive: log.captive,
    tooOld: log.tooOld,
    unsent: unsent.length,
    unreadable,
    persisted: persisted ?? false,
    storageFull: isStorageFull(),
    updateReady: updateReady(),
    syncing: syncing !== undefined,
    inChat: inChat(),
    ...(lastTry ? { lastTry } : {}),
    ...(nextTry ? { nextTry } : {}),
    ...(log.clockOffsetS === undefined ? {} : { clockOffsetS: log.clockOffsetS }),
  };
}

async function look(): Promise<void> {
  const holder = await readKeyHolder();
  [session, net] = await Promise.all([readSession(holder), readStatus(holder)]);
  void showBadge(net.unsent);
  for (const listener of listeners) listener();
}

let looking: Promise<void> | undefined;
let next: Promise<void> | undefined;

/** One look at a time. While one is on its way, the next: what changed meanwhile is in that. */
function refresh(): Promise<void> {
  if (looking) {
    next ??= looking.then(() => {
      next = undefined;
      return refresh();
    });
    return next;
  }
  looking = look().finally(() => (looking = undefined));
  return looking;
}

/** Sends what waits, then reads what changed. No signal, no session and a refusal are no failures of it. */
function sync(now: boolean): Promise<void> {
  syncing ??= network()
    .then(({ exchange }) => exchange(now))
    .catch((failure: unknown) => {
      if (!isExpected(failure)) throw failure;
    })
    .finally(() => {
      syncing = undefined;
      changed();
    });
  return syncing;
}

/** What was saved while another exchange was on its way goes right behind it. */
async function syncNow(): Promise<void> {
  await syncing?.catch(() => undefined);
  await sync(true);
}

function listen(): void {
  const now = (): void => void syncNow();
  window.addEventListener("online", now);
  window.addEventListener("offline", () => void refresh());
  window.addEventListener("pageshow", now);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") now();
    else void applyUpdate();
  });
  onChange(() => void refresh());
  setTimeout(tick, LOOK_MS);
}

/** Whatever happens, the next one follows. */
function tick(): void {
  const again = (): void => {
    const due = Date.parse(net.nextTry ?? "") - Date.now();
    setTimeout(tick, due > 0 ? Math.min(due + 50, LOOK_MS) : LOOK_MS);
  };
  void refresh()
    .then(() => sync(false))
    .finally(again);
}

const isExpected = (failure: unknown): boolean =>
  [Unreachable, SignInRequired, Refused].some((kind) => failure instanceof kind);

/** YYYY-MM-DD where the stay is, wherever this phone may be. */
const dayOf = (time: string): string =>
  new Date(time).toLocaleDateString("sv-SE", { timeZone: "Asia/Ho_Chi_Minh" });

async function signOut(force = false): Promise<{ unsent: number }> {
  await refresh();
  const { unsent } = net;
  if (unsent && !force) return { unsent };
  await (await network()).leave();
  await refresh();
  return { unsent };
}

/** What was stored is on its way; whoever waits sees it among the records. */
async function sent(record: OutboxRecord): Promise<OutboxRecord> {
  void flushWhenOnline();
  void syncNow();
  await refresh();
  return record;
}

const app: App = {
  session: () => session,
  net: () => net,
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  signIn: async ({ other = false } = {}) => (await network()).leaveToSignIn(other),
  signOut,
  async save(facilityId, deed, draftId) {
    const record = await (await network()).unsent.saveRecord(facilityId, deed, draftId);
    void navigator.storage?.persist?.().then(changed);
    return sent(record);
  },
  amendUnsent: async (key, deed) => sent(await (await network()).unsent.amendRecord(key, deed)),
  async removeUnsent(key) {
    await (await network()).unsent.removeRecord(key);
    await refresh();
  },
  async undoRemove(key) {
    await (await network()).unsent.bringBack(key);
    await refresh();
  },
  exportUnsent: async (draft) => (await network()).unsent.exportAll(draft),
  async records(facilityId) {
    const { opened } = await openAll(await readKeyHolder());
    return opened
      .filter(({ row, contents }) => row.removedAt === undefined && (facilityId ?? contents.facilityId) === contents.facilityId)
      .map(shown);
  },
  stays: async (facilityId) => staysOf(await keyHolder(), facilityId),
  async history(facilityId, from, to) {
    const stays = await staysOf(await keyHolder(), facilityId);
    return stays.filter(({ arrived_at: at }) => dayOf(at) >= from && dayOf(at) <= to);
  },
  receipt: async (stayId) => (await network()).receipt(stayId),
  lastGuests: async (facilityId) => guestsOf(await staysOf(await keyHolder(), facilityId)),
  rooms: async (facilityId) => (await network()).rooms(facilityId),
  draft: {
    load: async (id) => (await network()).unsent.loadDraft(id),
    store: async (id, value) => (await network()).unsent.storeDraft(id, value),
    clear: async (id) => (await network()).unsent.clearDraft(id),
  },
  touched,
  syncNow,
  applyUpdate,
  registerFacility: async (registration, key) => (await network()).registerFacility(registration, key),
  ask: async (method, path, body) => (await network()).askJson(method, path, body),
  readImage: async (kind, image) => (await network()).readImage(kind, image),
  pushSubscribe: async () => (await network()).pushSubscribe(),
};

/** What went wrong, or undefined; where the signal ends on the way, the next start goes on. */
async function takeSignIn(): Promise<string | undefined> {
  try {
    return await (await network()).comeBack();
  } catch (failure) {
    if (isExpected(failure)) return undefined;
    throw failure;
  }
}

/** Ready when the store was read; what needs the network follows by itself. */
export async function openApp(): Promise<App> {
  if (location.pathname === "/app/signed-in") signInError = await takeSignIn();
  await refresh();
  listen();
  // For whoever helps over the telephone: `await asm.exportUnsent()` in the browser's console.
  Object.assign(window, { asm: app });
  void registerWorker().then(async () => {
    await refresh();
    if (updateReady()) await applyUpdate();
    await lookForUpdate();
    await (await network()).mendPush().catch(() => undefined);
  });
  void network().then(({ unsent }) => unsent.dropOld());
  void syncNow();
  return app;
}
