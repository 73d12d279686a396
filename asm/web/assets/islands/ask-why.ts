import { form } from "./desk-parts";

/**
 * Why the desk refused what was sent. The page may be older than the sign-in: then its forms get the
 * token of today.
 */
export type Why = "ended" | "other" | "renewed" | "failed";

/** What somebody may do about it; another status is no matter of who is signed in. */
export const asksWhy = (status: number | undefined): boolean => [401, 403, 404].includes(status ?? 0);

export async function askWhy(status: number): Promise<Why> {
  if (status === 401) return "ended";
  try {
    const desk = await fetch(form()?.action ?? location.pathname);
    const page = new DOMParser().parseFromString(await desk.text(), "text/html");
    const token = page.querySelector<HTMLInputElement>("[name=_csrf_token]")?.value;
    for (const field of document.querySelectorAll<HTMLInputElement>("[name=_csrf_token]")) field.value = token ?? field.value;
    if (desk.status === 401 || new URL(desk.url).pathname === "/sign-in") return "ended";
    if (asksWhy(desk.status)) return "other";
    return desk.ok && token ? "renewed" : "failed";
  } catch {
    return "failed"; // the network's fault
  }
}
