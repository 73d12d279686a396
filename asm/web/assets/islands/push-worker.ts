/** Shows a push message, and opens the inbox when it is touched. It stores and intercepts nothing. */

interface Told {
  title: string;
  text: string;
  url: string;
  tag: string;
}
interface PushEvent extends Event {
  data: { json(): Told } | null;
  waitUntil(work: Promise<unknown>): void;
}
interface ClickEvent extends Event {
  notification: Notification;
  waitUntil(work: Promise<unknown>): void;
}
interface Worker {
  registration: ServiceWorkerRegistration;
  clients: { openWindow(url: string): Promise<unknown> };
  addEventListener(type: "push", listener: (event: PushEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: ClickEvent) => void): void;
}
const worker = self as unknown as Worker;

worker.addEventListener("push", (event) => {
  if (!event.data) return;
  const told = event.data.json();
  event.waitUntil(
    worker.registration.showNotification(told.title, {
      body: told.text,
      tag: told.tag,
      data: told.url,
    }),
  );
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(worker.clients.openWindow(String(event.notification.data)));
});
