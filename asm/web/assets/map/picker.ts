import { type LngLatBoundsLike, type Map as GlMap, Marker } from "maplibre-gl";
import type { Place } from "../islands/show-ward";
import { openMap, VIETNAM, wireApproximate, wireZoom } from "./open";
import { ground, tiles } from "./style";
import { colour } from "./colours";

const NEAR_ZOOM = 16;

/** The pin on the map, moved from outside when the coordinates are typed or come from the device. */
export type Pin = { moveTo: (place: Place) => void };

/** A finger or a mouse is no more exact than this on the screen. */
const FINGER_PX = 10;

/**
 * A map to put a pin on; `moved` is told where it was put and how many metres that may be off.
 * Null where no map can be drawn.
 */
export function openPicker(
  frame: HTMLElement,
  start: Place | null,
  moved: (place: Place, metres: number) => void,
): Pin | null {
  const place = frame.querySelector<HTMLElement>("[data-map]");
  const shell = frame.querySelector<HTMLElement>("[data-map-shell]");
  if (!place || !shell) return null;
  shell.hidden = false;
  const map = openMap(place, ground(), start ? around(start) : VIETNAM);
  if (!map) {
    shell.hidden = true;
    return null;
  }
  wireZoom(frame, map);
  wireApproximate(frame, map);
  map.on("load", () => addLandmarks(map));
  const pin = new Marker({ element: pinShape(), draggable: true, anchor: "bottom" });
  pin.setLngLat(start ? [start.lon, start.lat] : map.getCenter());
  if (start) pin.addTo(map);
  const put = (at: { lng: number; lat: number }): void => {
    pin.setLngLat(at).addTo(map);
    moved({ lat: at.lat, lon: at.lng }, FINGER_PX * metresPerPixel(map, at.lat));
  };
  pin.on("dragend", () => put(pin.getLngLat()));
  map.on("click", (event) => put(event.lngLat));
  // The arrow keys move the map; this button then does what a click does.
  frame.querySelector("[data-pin-here]")?.addEventListener("click", () => put(map.getCenter()));
  map.getCanvas().focus();
  return {
    moveTo: ({ lat, lon }) => {
      if (Math.abs(lat) > 90) return;
      pin.setLngLat([lon, lat]).addTo(map);
      map.jumpTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), NEAR_ZOOM) });
    },
  };
}

/** The world is 512 pixels wide at zoom 0, and 40,075 km at the equator. */
function metresPerPixel(map: GlMap, lat: number): number {
  return (40_075_017 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());
}

function around({ lat, lon }: Place): LngLatBoundsLike {
  return Math.abs(lat) > 90 ? VIETNAM : [lon - 0.004, lat - 0.004, lon + 0.004, lat + 0.004];
}

/** Hotels and the like that are public: something to go by where no street is drawn. */
function addLandmarks(map: GlMap): void {
  map.addSource("facilities", tiles("facilities", 15));
  map.addLayer({
    id: "landmark",
    type: "circle",
    source: "facilities",
    "source-layer": "facility",
    paint: { "circle-radius": 5, "circle-color": colour("quiet"), "circle-stroke-color": colour("paper"), "circle-stroke-width": 1.5 },
  });
  map.addLayer({
    id: "landmark-name",
    type: "symbol",
    source: "facilities",
    "source-layer": "facility",
    minzoom: 14,
    layout: {
      "text-field": ["get", "name"],
      "text-font": ["sans-serif"],
      "text-size": 12,
      "text-anchor": "top",
      "text-offset": [0, 0.6],
      "text-max-width": 9,
    },
    paint: { "text-color": colour("ink"), "text-halo-color": colour("paper"), "text-halo-width": 1.6 },
  });
}

function pinShape(): HTMLElement {
  const shape = document.createElement("div");
  shape.className = "pin";
  return shape;
}
