import { Map as GlMap, setWorkerUrl, type LngLatBoundsLike, type StyleSpecification } from "maplibre-gl";
// A file of our own rather than a blob: the content policy says worker-src 'self'.
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

setWorkerUrl(workerUrl);

/** Mainland, islands and archipelagos. */
export const VIETNAM: LngLatBoundsLike = [102, 6.5, 117.5, 23.5];

/** What a page tells about the map it wants, on the map's own element. */
type Told = { fingers?: string; keys?: string; label?: string; pin?: string };

/** A map in `place` that shows `bounds`, or null where the device cannot draw one. */
export function openMap(place: HTMLElement, style: StyleSpecification, bounds: LngLatBoundsLike): GlMap | null {
  if (!document.createElement("canvas").getContext("webgl2")) return null;
  const told = place.dataset as Told;
  const map = new GlMap({
    container: place,
    style,
    bounds,
    fitBoundsOptions: { padding: 24, maxZoom: 16 },
    // On a phone the whole country needs a little less than 4.
    minZoom: 3,
    maxZoom: 18,
    // The page says itself whose boundaries these are, below the map, where everybody can read it.
    attributionControl: false,
    dragRotate: false,
    touchPitch: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    // Nobody asked: an unattended officer's screen must not keep its own session alive.
    refreshExpiredTiles: false,
    // One finger scrolls the page, two move the map.
    cooperativeGestures: true,
    locale: {
      "Map.Title": told.label ?? "",
      "Marker.Title": told.pin ?? "",
      "CooperativeGesturesHandler.MobileHelpText": told.fingers ?? "",
      "CooperativeGesturesHandler.WindowsHelpText": told.keys ?? "",
      "CooperativeGesturesHandler.MacHelpText": (told.keys ?? "").replace("Ctrl", "⌘"),
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  return map;
}

/** Buttons in `frame` with `data-zoom` of 1 or -1. */
export function wireZoom(frame: ParentNode, map: GlMap): void {
  for (const button of frame.querySelectorAll<HTMLElement>("[data-zoom]")) {
    button.addEventListener("click", () => map.zoomTo(map.getZoom() + Number(button.dataset.zoom)));
  }
}

/** Say that boundaries are approximate while any in view are. */
export function wireApproximate(frame: ParentNode, map: GlMap): void {
  const mark = frame.querySelector<HTMLElement>("[data-approximate]");
  if (!mark) return;
  map.on("idle", () => {
    const shown = map.queryRenderedFeatures({ layers: ["ward"] });
    mark.hidden = !shown.some((ward) => ward.properties.approximate);
  });
}
