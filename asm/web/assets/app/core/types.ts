/**
 * What the app's pages may ask of its core. Everything that is shown is read back from the phone's
 * store: no answer of `records` is older than the last completed write.
 */
import type {
  Changed,
  Deed,
  Facility,
  GuestInput,
  Outcome,
  ProblemDetails,
  Receipt,
  Registration,
  Room,
  StayView,
} from "./contract";

/** Shown as: waiting · sent (`sending`: its first byte may have left) · received · sent back. */
export type RecordState = "waiting" | "sending" | "received" | "sent_back";

export interface OutboxRecord {
  /** Its `Idempotency-Key`, the same however often it is sent. */
  key: string;
  facilityId: string;
  deed: Deed;
  /** RFC 3339 with this phone's offset: when the person pressed Send and the store had it. */
  savedAt: string;
  state: RecordState;
  /** From the first byte sent on: `amendUnsent` then waits as `amendment` until the outcome is known. */
  frozen: boolean;
  amendment?: Deed;
  tries: number;
  /** ISO 8601. */
  lastTry?: string;
  /** Of `received`: what the server answered; an outcome may hold refused guests beside accepted ones. */
  answer?: { at: string; outcome?: Outcome; changed?: Changed; quietNight?: string };
  /** Of `sent_back`: why; of `waiting`: why the last try did not go through. */
  problem?: ProblemDetails;
  /** Taken out by the person; `undoRemove` brings it back within a day. */
  removedAt?: string;
}

export interface Session {
  /**
   * `expired`: sign in again, everything stays readable. `ended`: signed out from elsewhere, the
   * phone was wiped; unsent records stay sealed until the same person signs in again.
   */
  status: "signed_out" | "signed_in" | "expired" | "ended";
  account?: { id: string; name: string };
  facilities: Facility[];
  deviceId?: string;
  /** Why the last sign-in did not succeed: the `error` of RFC 6749, `offline`, or `state_lost`. */
  signInError?: string;
}

export interface Net {
  online: boolean;
  /** Something answers in the server's stead: a hotspot that wants to be signed in to. */
  captive: boolean;
  /** Records of this person that no receipt stands for: waiting, being sent or sent back. */
  unsent: number;
  /** Records that this person's key does not open: another person's, or damaged. */
  unreadable: number;
  /** ISO 8601, both. */
  lastTry?: string;
  nextTry?: string;
  /** The server's clock minus the phone's, in seconds, once it was measured. */
  clockOffsetS?: number;
  /** False: the browser may forget records; say so, offer to install the app or to export. */
  persisted: boolean;
  /** The last write did not fit. The draft is still on the page. */
  storageFull: boolean;
  updateReady: boolean;
  /** The server wants a newer app; what waits is still taken. */
  tooOld: boolean;
  syncing: boolean;
  /** Opened inside a chat app, whose browser forgets: say "open in the browser"; `save` refuses. */
  inChat: boolean;
}

/** The phone has no room: nothing was stored. Keep the draft on the page and offer `exportUnsent`. */
export class StorageFull extends Error {}
/** Nobody is signed in whose key could seal it. */
export class NoKey extends Error {}
/** No answer of ours: without signal, or a captive portal. */
export class Unreachable extends Error {}
/** The session is over, or was ended from elsewhere: `session()` says which. */
export class SignInRequired extends Error {}
/** The server's refusal. */
export class Refused extends Error {
  constructor(readonly problem: ProblemDetails) {
    super(problem.code);
  }
}

export interface App {
  session(): Session;
  net(): Net;
  /** Called after anything above, or a record, a stay or a receipt may have changed. */
  subscribe(listener: () => void): () => void;

  /** Leaves the page; comes back at /app/signed-in. `other`: ask which account. */
  signIn(options?: { other?: boolean }): Promise<void>;
  /** Does nothing while something is unsent, unless `force`; then it stays, sealed. */
  signOut(force?: boolean): Promise<{ unsent: number }>;

  /** Resolves when the store's transaction is complete: only then say "saved". Clears the draft. */
  save(facilityId: string, deed: Deed, draftId?: string): Promise<OutboxRecord>;
  /** Of a record not yet frozen its content; of a frozen one an amendment; sent back: sends anew. */
  amendUnsent(key: string, deed: Deed): Promise<OutboxRecord>;
  removeUnsent(key: string): Promise<void>;
  undoRemove(key: string): Promise<void>;
  /** JSON, readable by people and machines; `draft` is what the page holds and could not store. */
  exportUnsent(draft?: unknown): Promise<Blob>;

  /** Not removed ones, oldest first; received ones for a day. */
  records(facilityId?: string): Promise<OutboxRecord[]>;
  stays(facilityId: string): Promise<StayView[]>;
  /** By arrival, both days included (YYYY-MM-DD), latest first. */
  history(facilityId: string, from: string, to: string): Promise<StayView[]>;
  /** Kept offline; asks the server once where it is not. Undefined: not here, and no signal. */
  receipt(stayId: string): Promise<Receipt | undefined>;
  /** Guests of the last stays, the newest first, each once. */
  lastGuests(facilityId: string): Promise<GuestInput[]>;
  rooms(facilityId: string): Promise<Room[]>;

  draft: {
    load<Draft>(id: string): Promise<Draft | undefined>;
    /** Resolves when the transaction is complete; raises StorageFull, NoKey. */
    store(id: string, value: unknown): Promise<void>;
    clear(id: string): Promise<void>;
  };
  /** While true no update is put in place. */
  touched(form: boolean): void;

  syncNow(): Promise<void>;
  /** False: a form is touched or something is being sent; try again later. */
  applyUpdate(): Promise<boolean>;

  /** Needs the server: raises Unreachable or Refused. The same `key` registers once. */
  registerFacility(registration: Registration, key: string): Promise<Facility>;
  /** Any JSON operation of the contract that needs the server (addresses, catalogues, readings). */
  ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
  /** A picture to a reading of the contract. */
  readImage<Reading>(kind: "card-image" | "passport-image", image: Blob): Promise<Reading>;
  /** Asks for permission; false where the browser or the person says no. */
  pushSubscribe(): Promise<boolean>;
}

export type * from "./contract";
