import type { GeoJSONFeature, LngLatBoundsLike, Map as GlMap } from "maplibre-gl";
import { openMap, wireApproximate, wireZoom } from "./open";
import { addSigns } from "./signs";
import { ground, tiles } from "./style";
import { colour } from "./colours";

const NAMES_FROM = 13;
const MOST_LISTED = 30;

/** The ward's night on a map. False where the device cannot draw one: the tables say it all. */
export function showNight(frame: HTMLElement): boolean {
  const place = frame.querySelector<HTMLElement>("[data-map]");
  const { ward = "", night = "", bounds = "" } = frame.dataset;
  if (!place) return false;
  const map = openMap(place, ground(), bounds.split(",").map(Number) as unknown as LngLatBoundsLike);
  if (!map) return false;
  wireZoom(frame, map);
  wireApproximate(frame, map);
  map.on("load", () => {
    addSigns(map);
    map.addSource("night", tiles("night", 14, `?night=${night}`));
    markOwn(map, ward);
    addFacilities(map);
  });
  map.on("idle", () => list(frame, map));
  map.on("click", "facility", (event) => {
    const id = event.features?.[0]?.properties.id as string | undefined;
    if (id) link(frame, id)?.focus();
  });
  map.on("mousemove", (event) => {
    const over = map.getLayer("facility") && map.queryRenderedFeatures(event.point, { layers: ["facility"] });
    map.getCanvas().style.cursor = over && over.length > 0 ? "pointer" : "";
  });
  const trouble = frame.querySelector<HTMLElement>("[data-trouble]");
  map.on("error", () => trouble?.removeAttribute("hidden"));
  return true;
}

function markOwn(map: GlMap, ward: string): void {
  const own = { source: "areas", "source-layer": "ward", filter: ["==", ["get", "code"], ward] as never };
  map.addLayer({ ...own, id: "own", type: "fill", paint: { "fill-color": colour("brand-soft") } }, "border-approximate");
  map.addLayer({ ...own, id: "own-border", type: "line", paint: { "line-color": colour("brand"), "line-width": 3 } });
}

function addFacilities(map: GlMap): void {
  map.addLayer({
    id: "facility",
    type: "symbol",
    source: "night",
    "source-layer": "night",
    layout: {
      "icon-image": ["get", "state"],
      "icon-allow-overlap": true,
      // Who has not declared lies on top of all others.
      "symbol-sort-key": ["match", ["get", "state"], "silent", 2, "declared", 1, 0],
    },
  });
  // Apart, since the sign drawn last lies on top but the name placed first stays: of several at one
  // door, sign and name must be the same one's.
  map.addLayer({
    id: "facility-name",
    type: "symbol",
    source: "night",
    "source-layer": "night",
    layout: {
      "symbol-sort-key": ["match", ["get", "state"], "silent", 0, "declared", 1, 2],
      "text-field": ["step", ["zoom"], "", NAMES_FROM, ["concat", ["get", "name"], " (", ["get", "guests"], ")"]],
      "text-font": ["sans-serif"],
      "text-size": 12,
      "text-anchor": "top",
      "text-offset": [0, 1],
      "text-max-width": 9,
    },
    paint: { "text-color": colour("ink"), "text-halo-color": colour("paper"), "text-halo-width": 1.8 },
  });
  map.addLayer({
    id: "ward-sum",
    type: "symbol",
    source: "night",
    "source-layer": "night_ward",
    maxzoom: 11,
    layout: {
      "text-field": ["to-string", ["get", "guests"]],
      "text-font": ["sans-serif"],
      "text-size": 20,
      "text-allow-overlap": true,
    },
    paint: { "text-color": colour("brand-dark"), "text-halo-color": colour("paper"), "text-halo-width": 3 },
  });
}

/** The facilities in view as links: what a keyboard or a screen reader has of the map. */
function list(frame: HTMLElement, map: GlMap): void {
  const target = frame.querySelector("[data-in-view]");
  if (!target || !map.getLayer("facility")) return;
  const seen = new Map<string, GeoJSONFeature>();
  for (const found of map.queryRenderedFeatures({ layers: ["facility"] })) seen.set(String(found.properties.id), found);
  const sorted = [...seen.values()].sort((a, b) => order(a) - order(b) || name(a).localeCompare(name(b), "vi"));
  const items = sorted.slice(0, MOST_LISTED).map((found) => item(frame, found));
  const key = items.map((entry) => entry.textContent).join("\n");
  // Untouched while nothing changed, so that the focus stays where it is.
  if (target.getAttribute("data-key") === key) return;
  const kept = document.activeElement instanceof HTMLAnchorElement ? document.activeElement.dataset.id : undefined;
  target.setAttribute("data-key", key);
  target.replaceChildren(...items);
  if (kept) link(frame, kept)?.focus();
}

function item(frame: HTMLElement, found: GeoJSONFeature): HTMLLIElement {
  const entry = document.createElement("li");
  const open = document.createElement("a");
  const { id, state, guests } = found.properties;
  open.href = `/facilities/${id}`;
  open.dataset.id = String(id);
  open.textContent = name(found);
  const words = frame.querySelector(`[data-state="${state}"]`)?.textContent?.trim() ?? "";
  entry.append(open, ` – ${words}, ${frame.dataset.guests ?? ""} ${guests}`);
  return entry;
}

const name = (found: GeoJSONFeature): string => String(found.properties.name);
const order = (found: GeoJSONFeature): number => ["silent", "declared", "closed"].indexOf(String(found.properties.state));
const link = (frame: HTMLElement, id: string): HTMLElement | null =>
  frame.querySelector<HTMLElement>(`[data-in-view] a[data-id="${CSS.escape(id)}"]`);
