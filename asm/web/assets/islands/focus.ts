/** Put the focus where the work goes on: the error summary, the room, or the resting scan box. */
export function focusNext(root: ParentNode = document): void {
  const next = root.querySelector<HTMLElement>("[data-focus]");
  if (!next) return;
  next.focus();
  if (next instanceof HTMLInputElement && next.type === "text") next.select();
}

/** A link in the error summary leads into its field, not only near it. */
export function linkErrorsToFields(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>(".error-summary a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    for (let box = field.closest("details"); box; box = box.parentElement?.closest("details") ?? null) box.open = true;
    field.scrollIntoView({ block: "center" });
    field.focus();
  });
}
