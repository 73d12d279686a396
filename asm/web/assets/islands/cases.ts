import "./page";

// J and K go down and up, in a list from line to line, on a case's page to the next one; Enter opens,
// as it does anyhow. Never while somebody types.
const TYPING = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if ((key !== "j" && key !== "k") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof Element && event.target.closest(TYPING)) return;
  const neighbour = document.querySelector<HTMLAnchorElement>(`a[data-key="${key}"]`);
  if (neighbour) {
    neighbour.click();
    return;
  }
  const links = [...document.querySelectorAll<HTMLAnchorElement>("[data-cases] tbody th a")];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at < 0 ? 0 : at + (key === "j" ? 1 : -1);
  const link = links[next];
  if (!link) return;
  event.preventDefault();
  link.focus();
});
