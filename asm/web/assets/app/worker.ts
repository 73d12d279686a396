/**
 * The app's service worker: keeps the shell, sends the outbox with the app closed, shows push
 * messages. It answers nothing but GETs of the shell: no POST and no answer of the API ever passes
 * through it. The server writes `SHELL` in front of this file, so that a new shell is a new worker.
 */
import { readKeyHolder } from "./core/account";
import { showBadge } from "./core/badge";
import { changed } from "./core/changes";
import { flush } from "./core/flush";
import { allRows } from "./core/records";
import { cacheShell, dropOldShells, fromShell, type Shell } from "./worker-shell";
import { openMessage, showMessage } from "./worker-push";

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Events {
  install: Extendable;
  activate: Extendable;
  fetch: Extendable & { request: Request; respondWith(answer: Promise<Response>): void };
  message: Extendable & { data: unknown };
  sync: Extendable & { tag: string };
  push: Extendable & { data: { json(): unknown } | null };
  notificationclick: Extendable & { notification: Notification };
}
interface Scope {
  SHELL: Shell;
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): void;
}
const worker = self as unknown as Scope;

worker.addEventListener("install", (event) => event.waitUntil(cacheShell(worker.SHELL)));
worker.addEventListener("activate", (event) => {
  event.waitUntil(dropOldShells(worker.SHELL).then(() => worker.clients.claim()));
});
worker.addEventListener("fetch", (event) => {
  const answer = fromShell(worker.SHELL, event.request);
  if (answer) event.respondWith(answer);
});
// An update waits for the page to say when: no form is touched and nothing is being sent.
worker.addEventListener("message", (event) => {
  if (event.data === "replace") event.waitUntil(worker.skipWaiting());
});
worker.addEventListener("sync", (event) => {
  if (event.tag === "asm-outbox") event.waitUntil(sendOutbox());
});
worker.addEventListener("push", (event) => event.waitUntil(showMessage(event.data)));
worker.addEventListener("notificationclick", (event) => event.waitUntil(openMessage(event.notification)));

/** Fails while something of whoever is signed in still waits, so that the browser comes again. */
async function sendOutbox(): Promise<void> {
  await flush(true);
  changed();
  const holder = await readKeyHolder();
  const own = (await allRows()).filter((row) => row.account === holder?.tag && row.removedAt === undefined);
  await showBadge(own.filter(({ state }) => state !== "received").length);
  if (holder?.status === "signed_in" && own.some(({ state }) => state === "waiting")) {
    throw new Error("still waiting");
  }
}
