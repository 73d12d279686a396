import type { LngLatBoundsLike, Map as GlMap } from "maplibre-gl";
import { showWard } from "../islands/show-ward";
import { openMap, VIETNAM, wireApproximate, wireZoom } from "./open";
import { ground, tiles } from "./style";
import { colour } from "./colours";

const MOST_LISTED = 30;

/** Wards and public facilities. False where the device cannot draw a map: the tables say it all. */
export function showPublic(frame: HTMLElement): boolean {
  const place = frame.querySelector<HTMLElement>("[data-map]");
  if (!place) return false;
  const told = frame.dataset.bounds;
  const bounds = told ? (told.split(",").map(Number) as unknown as LngLatBoundsLike) : VIETNAM;
  const map = openMap(place, ground(), bounds);
  if (!map) return false;
  wireZoom(frame, map);
  wireApproximate(frame, map);
  map.on("load", () => addFacilities(map));
  map.on("idle", () => list(frame, map));
  const ask = ({ lat, lng }: { lat: number; lng: number }): void => void showWard(frame, { lat, lon: lng });
  map.on("click", (event) => ask(event.lngLat));
  frame.querySelector("[data-ward-here]")?.addEventListener("click", () => ask(map.getCenter()));
  const trouble = frame.querySelector<HTMLElement>("[data-trouble]");
  map.on("error", () => trouble?.removeAttribute("hidden"));
  return true;
}

function addFacilities(map: GlMap): void {
  map.addSource("facilities", tiles("facilities", 15));
  map.addLayer({
    id: "count",
    type: "circle",
    source: "facilities",
    "source-layer": "facilities",
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["get", "count"], 1, 8, 100, 16, 1000, 22],
      "circle-color": colour("brand"),
      "circle-stroke-color": colour("paper"),
      "circle-stroke-width": 2,
    },
  });
  map.addLayer({
    id: "count-figure",
    type: "symbol",
    source: "facilities",
    "source-layer": "facilities",
    layout: {
      "text-field": ["to-string", ["get", "count"]],
      "text-font": ["sans-serif"],
      "text-size": 11,
      "text-allow-overlap": true,
    },
    paint: { "text-color": colour("brand-on") },
  });
  map.addLayer({
    id: "facility",
    type: "circle",
    source: "facilities",
    "source-layer": "facility",
    paint: { "circle-radius": 7, "circle-color": colour("brand"), "circle-stroke-color": colour("paper"), "circle-stroke-width": 2 },
  });
  map.addLayer({
    id: "facility-name",
    type: "symbol",
    source: "facilities",
    "source-layer": "facility",
    layout: {
      "text-field": ["get", "name"],
      "text-font": ["sans-serif"],
      "text-size": 12,
      "text-anchor": "top",
      "text-offset": [0, 0.8],
      "text-optional": true,
      "text-max-width": 9,
    },
    paint: { "text-color": colour("ink"), "text-halo-color": colour("paper"), "text-halo-width": 1.8 },
  });
}

/** The facilities in view by name and kind: what a screen reader has of the map. */
function list(frame: HTMLElement, map: GlMap): void {
  const target = frame.querySelector("[data-in-view]");
  if (!target || !map.getLayer("facility")) return;
  const texts = map.queryRenderedFeatures({ layers: ["facility"] }).map(({ properties }) => {
    const kind = frame.querySelector(`[data-kind="${CSS.escape(String(properties.kind))}"]`)?.textContent?.trim();
    return [properties.name, kind].filter(Boolean).join(" – ");
  });
  const sorted = [...new Set(texts)].sort((a, b) => a.localeCompare(b, "vi")).slice(0, MOST_LISTED);
  const key = sorted.join("\n");
  if (target.getAttribute("data-key") === key) return;
  target.setAttribute("data-key", key);
  target.replaceChildren(
    ...sorted.map((text) => {
      const entry = document.createElement("li");
      entry.textContent = text;
      return entry;
    }),
  );
  frame.querySelector<HTMLElement>("[data-closer]")?.toggleAttribute("hidden", sorted.length > 0);
}
