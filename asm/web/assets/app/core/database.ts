/**
 * The phone's store. Its versions only add (stores, indexes, members of rows), so that an app that
 * was rolled back opens what a newer one left, and keeps and sends the queue.
 */
import type { Sealed } from "./sealing";
import type { RecordState } from "./types";

/** One record of the outbox: what is needed to choose what goes next stands open, the rest sealed. */
export interface OutboxRow {
  /** The order in which people pressed Send. */
  seq?: number;
  key: string;
  /** Whose, as a hash. */
  account: string;
  facility: string;
  state: RecordState;
  frozen: boolean;
  tries: number;
  /** Counts writes: a change that was prepared meanwhile begins anew. */
  rev: number;
  /** Milliseconds, all three. */
  changedAt: number;
  lastTry?: number;
  removedAt?: number;
  /** An amendment waits in it. */
  amended?: boolean;
  sealed: Sealed;
}
export interface StayRow {
  id: string;
  facility: string;
  version: number;
  /** Which reading of the feed saw it last: one that begins anew ends with the older ones gone. */
  reading: number;
  sealed: Sealed;
}
export interface SealedRow {
  id: string;
  sealed: Sealed;
}

/** Of each store the type of its keys and of its rows. */
interface Stores {
  session: [string, unknown];
  meta: [string, unknown];
  outbox: [number, OutboxRow];
  stays: [string, StayRow];
  receipts: [string, SealedRow];
  drafts: [string, SealedRow];
}
export type StoreName = keyof Stores;
type Key<Name extends StoreName> = Stores[Name][0];
type Row<Name extends StoreName> = Stores[Name][1];

function answered<Result>(request: IDBRequest<Result>): Promise<Result> {
  const answer = new Promise<Result>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new DOMException("no answer"));
  });
  // A failed request ends its transaction, which says so: whoever does not wait for it misses nothing.
  answer.catch(() => undefined);
  return answer;
}

/** One store in one transaction. A library's few lines of this are a fifth of what the worker may weigh. */
class Rows<Name extends StoreName> {
  // Old phones know no fields of classes: only its type is said here.
  declare private readonly store: IDBObjectStore;
  constructor(store: IDBObjectStore) {
    this.store = store;
  }
  get(key: Key<Name>): Promise<Row<Name> | undefined> {
    return answered(this.store.get(key));
  }
  put(row: Row<Name>, key?: Key<Name>): Promise<unknown> {
    return answered(this.store.put(row, key));
  }
  delete(key: Key<Name>): Promise<unknown> {
    return answered(this.store.delete(key));
  }
  clear(): Promise<unknown> {
    return answered(this.store.clear());
  }
  all(): Promise<Row<Name>[]> {
    return answered(this.store.getAll());
  }
  keys(): Promise<Key<Name>[]> {
    return answered(this.store.getAllKeys()) as Promise<Key<Name>[]>;
  }
  /** Rows whose member `index` is `value`. */
  by(index: string, value: string): Promise<Row<Name>[]> {
    return answered(this.store.index(index).getAll(value));
  }
}
export interface Writing {
  store<Name extends StoreName>(name: Name): Rows<Name>;
}

const NAME = "asm-app";
const VERSION = 1;

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= open(VERSION).catch((failure: unknown) => {
    // A newer app was here and was rolled back: what it added is left alone.
    if ((failure as DOMException).name === "VersionError") return open();
    throw failure;
  });
  opened.catch(() => (opened = undefined));
  return opened;
}

async function open(version?: number): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, version);
  request.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion < 1) makeStores(request.result);
  };
  const db = await answered(request);
  // Another tab has a newer app: it must not wait for this one. The next use opens it again.
  db.onversionchange = () => {
    opened = undefined;
    db.close();
  };
  db.onclose = () => (opened = undefined);
  return db;
}

function makeStores(db: IDBDatabase): void {
  db.createObjectStore("session");
  db.createObjectStore("meta");
  const outbox = db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
  outbox.createIndex("key", "key", { unique: true });
  db.createObjectStore("stays", { keyPath: "id" }).createIndex("facility", "facility");
  db.createObjectStore("receipts", { keyPath: "id" });
  db.createObjectStore("drafts", { keyPath: "id" });
}

/** `work` may wait for nothing but the store itself. */
export async function read<Name extends StoreName, Result>(
  name: Name,
  work: (rows: Rows<Name>) => Promise<Result>,
): Promise<Result> {
  return work(new Rows<Name>((await database()).transaction(name).objectStore(name)));
}

/**
 * One transaction that writes, complete and on disk when this resolves. `work` may wait for nothing
 * but the store itself.
 */
export async function write<Result>(
  names: StoreName[],
  work: (writing: Writing) => Promise<Result> | Result,
): Promise<Result> {
  const transaction = (await database()).transaction(names, "readwrite", { durability: "strict" });
  const failed = new Promise<unknown>((resolve) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => resolve(transaction.error ?? new DOMException("", "AbortError"));
  });
  let result: Result;
  try {
    result = await work({ store: (name) => new Rows(transaction.objectStore(name)) });
  } catch (failure) {
    try {
      transaction.abort();
    } catch {
      // It has ended by itself, and says why.
    }
    const why = await failed;
    throw isFull(why) ? why : failure;
  }
  const why = await failed;
  if (why !== undefined) throw why;
  return result;
}

export const isFull = (failure: unknown): boolean =>
  (failure as { name?: string } | undefined)?.name === "QuotaExceededError";

export async function readMeta<Value>(name: string): Promise<Value | undefined> {
  return (await read("meta", (meta) => meta.get(name))) as Value | undefined;
}

/** Changes a row of `meta` in one transaction, so that two tabs do not undo each other's. */
export function changeMeta<Value>(
  name: string,
  change: (before: Value | undefined) => Value,
): Promise<Value> {
  return write(["meta"], async (writing) => {
    const meta = writing.store("meta");
    const after = change((await meta.get(name)) as Value | undefined);
    await meta.put(after, name);
    return after;
  });
}
