/** Drawings of our own, of lines. */
const LINES: Record<string, string> = {
  back: "M15 5l-7 7 7 7",
  check: "M4 12.5l5 5L20 7",
  clock: "M12 7v5l3 2M12 3a9 9 0 100 18 9 9 0 000-18z",
  plus: "M12 5v14M5 12h14",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 010 12h-3",
  camera: "M3 8a1 1 0 011-1h3l2-3h6l2 3h3a1 1 0 011 1v11a1 1 0 01-1 1H4a1 1 0 01-1-1zM12 9a4 4 0 100 8 4 4 0 000-8z",
  erase: "M9 5h11v14H9l-6-7zM12 9.5l5 5M17 9.500l-5 5",
  offline: "M3 3l18 18M5 12a10 10 0 014-2.400M19 12a10 10 0 00-6-2.900M9 16a4 4 0 016 0M12 20h.01",
  share: "M12 15V3M8 7l4-4 4 4M5 12v8h14v-8",
  print: "M7 9V3h10v6M7 18H4V9h16v9h-3M7 14h10v7H7z",
  list: "M4 6h16M4 12h16M4 18h16",
  ring: "",
};

export function Icon({ name }: { name: string }) {
  return (
    <svg class="i" viewBox="0 0 24 24" aria-hidden="true">
      {name === "ring" ? <circle cx="12" cy="12" r="7" stroke-dasharray="3 3.3" /> : <path d={LINES[name] ?? ""} />}
    </svg>
  );
}
