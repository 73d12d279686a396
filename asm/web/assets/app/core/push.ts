/** Reminders by web push: asked for once, mended at every start. */
import { readMeta, write } from "./database";
import { askJson } from "./tokens";

const ADDRESS = "push-address";

const pushKey = (): string | undefined =>
  document.querySelector<HTMLElement>("[data-push-key]")?.dataset.pushKey || undefined;

/** Undefined where there is no worker, or none yet. */
async function pushManager(): Promise<PushManager | undefined> {
  const worker = "serviceWorker" in navigator && (await navigator.serviceWorker.getRegistration("/app/"));
  return worker ? worker.pushManager : undefined;
}

export async function pushSubscribe(): Promise<boolean> {
  if (!pushKey() || !(await pushManager())) return false;
  if ((await Notification.requestPermission()) !== "granted") return false;
  return subscribe();
}

/** The browser may have dropped or renewed it meanwhile, and the server may not know. */
export async function mendPush(): Promise<void> {
  if ((await readMeta<string>(ADDRESS)) === undefined || Notification.permission !== "granted") return;
  await subscribe();
}

async function subscribe(): Promise<boolean> {
  const manager = await pushManager();
  const subscription = await manager
    ?.subscribe({ userVisibleOnly: true, applicationServerKey: pushKey() ?? null })
    .catch(() => undefined);
  if (!subscription) return false;
  if (subscription.endpoint !== (await readMeta<string>(ADDRESS))) {
    const address = JSON.stringify(subscription.toJSON());
    await askJson("POST", "/api/v1/notices/contacts", { channel: "web_push", address });
    await write(["meta"], (writing) => writing.store("meta").put(subscription.endpoint, ADDRESS));
  }
  return true;
}

export async function dropPush(): Promise<void> {
  const subscription = await (await pushManager())?.getSubscription();
  await subscription?.unsubscribe().catch(() => false);
}
