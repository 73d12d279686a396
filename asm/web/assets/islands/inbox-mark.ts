/**
 * Keep the number beside “Hộp thư” fresh. Only while the page is in front: a browser has few
 * connections for a host, and a phone in a pocket needs none.
 */
export function watchInbox(): void {
  const mark = document.querySelector<HTMLElement>("[data-unread]");
  if (!mark) return;
  let source: EventSource | undefined;
  const show = (event: MessageEvent<string>): void => {
    mark.textContent = event.data === "0" ? "" : event.data;
    mark.hidden = event.data === "0";
  };
  const follow = (): void => {
    source?.close();
    source = undefined;
    if (document.visibilityState !== "visible") return;
    source = new EventSource("/inbox/events");
    source.addEventListener("unread", show);
  };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => source?.close());
  follow();
}
