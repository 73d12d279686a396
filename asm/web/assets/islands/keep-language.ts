/**
 * What was typed survives a change of the page's language: this tab holds it until the page is there
 * again, and forgets it then. Never a password, and nothing that the page itself put there.
 */
const KEY = "asm-typed";

type Typed = [name: string, value: string, checked: boolean | null];

function inputs(): (HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[] {
  const all = document.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(
    "main input[name], main select[name], main textarea[name]",
  );
  return [...all].filter((one) => !["hidden", "password", "file", "submit"].includes(one.type));
}

const ticked = (one: Element): one is HTMLInputElement =>
  one instanceof HTMLInputElement && ["radio", "checkbox"].includes(one.type);

export function keepTypedOverLanguages(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.getAttribute("action") !== "/language") return;
    const typed: Typed[] = inputs().map((one) => [one.name, one.value, ticked(one) ? one.checked : null]);
    const next = form.querySelector<HTMLInputElement>("[name=next]")?.value;
    sessionStorage.setItem(KEY, JSON.stringify({ next, typed }));
  });
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (!kept) return;
  const { next, typed } = JSON.parse(kept) as { next: string; typed: Typed[] };
  if (next === location.pathname) takeUp(typed);
}

function takeUp(typed: Typed[]): void {
  const there = inputs();
  for (const [name, value, checked] of typed) {
    const same = there.filter((one) => one.name === name && (checked === null || one.value === value));
    for (const one of same) {
      if (ticked(one)) one.checked = checked === true;
      else one.value = value;
    }
  }
}
