/** Every push event shows exactly one notification, whatever it holds: browsers take the right away otherwise. */
interface Message {
  title: string;
  text: string;
  url: string;
  tag: string;
}
interface Window {
  url: string;
  focus(): Promise<unknown>;
}
const worker = self as unknown as {
  registration: ServiceWorkerRegistration;
  clients: { matchAll(options: object): Promise<Window[]>; openWindow(url: string): Promise<unknown> };
};
const HOME = "/app/";
const ICON = "/app/icons/icon-192.png";

export async function showMessage(data: { json(): unknown } | null): Promise<void> {
  const { title, text, url, tag } = read(data);
  const shown = { body: text, tag, data: url, icon: ICON, badge: ICON };
  await worker.registration.showNotification(title, shown);
}

function read(data: { json(): unknown } | null): Message {
  const nothing = { title: "ASM", text: "", url: HOME, tag: "asm" };
  try {
    return { ...nothing, ...(data?.json() as Partial<Message> | null) };
  } catch {
    return nothing;
  }
}

export async function openMessage(notification: Notification): Promise<void> {
  notification.close();
  const url = new URL(String(notification.data || HOME), location.origin).href;
  const windows = await worker.clients.matchAll({ type: "window" });
  const open = windows.find((window) => window.url === url);
  await (open ? open.focus() : worker.clients.openWindow(url));
}
