import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { colour } from "./colours";

const LAND = colour("land");
const SEA = colour("sea");
const LINE = colour("edge");
const INK = colour("ink");
/** Far away, wards without lines would be one blot: neighbouring provinces differ a little. */
const TINTS = [1, 2, 3, 4, 5].map((number) => colour(`tint-${number}`));
/** From this zoom on single wards can be told apart. */
const WARDS_FROM = 9;

/** A layer of our own tiles. `query` goes along, such as the night that is asked for. */
export function tiles(layer: string, maxzoom: number, query = ""): SourceSpecification {
  return { type: "vector", tiles: [`${location.origin}/tiles/${layer}/{z}/{x}/{y}${query}`], minzoom: 3, maxzoom };
}

/**
 * Wards as the ground of every map. No `glyphs`: letters come from the device's own fonts, so there
 * is no font server to ask, and Vietnamese looks as it does in the rest of the page.
 */
export function ground(): StyleSpecification {
  const name: Partial<LayerSpecification> = { type: "symbol", source: "areas", "source-layer": "name" };
  const halo = { "text-color": INK, "text-halo-color": LAND, "text-halo-width": 1.6 };
  return {
    version: 8,
    sources: { areas: tiles("areas", 13) },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": SEA } },
      {
        id: "ward",
        type: "fill",
        source: "areas",
        "source-layer": "ward",
        paint: {
          "fill-color": [
            "step",
            ["zoom"],
            [
              "match",
              ["%", ["to-number", ["get", "province"]], TINTS.length],
              ...TINTS.slice(1).flatMap((tint, at) => [at + 1, tint]),
              TINTS[0],
            ] as never,
            WARDS_FROM,
            LAND,
          ],
        },
      },
      // From a province's distance on: hair lines over the tints.
      {
        id: "border-far",
        type: "line",
        source: "areas",
        "source-layer": "ward",
        minzoom: 7,
        maxzoom: WARDS_FROM,
        paint: { "line-color": LINE, "line-width": 0.4, "line-opacity": 0.7 },
      },
      // What is only approximate is drawn so: dashed.
      ...[true, false].map(
        (approximate): LayerSpecification => ({
          id: approximate ? "border-approximate" : "border",
          type: "line",
          source: "areas",
          "source-layer": "ward",
          minzoom: WARDS_FROM,
          filter: ["==", ["get", "approximate"], approximate],
          paint: { "line-color": LINE, "line-width": 1, ...(approximate ? { "line-dasharray": [3, 3] } : {}) },
        }),
      ),
      // Only tiles of far away hold provinces: near, wards have lines of their own.
      {
        id: "province-border",
        type: "line",
        source: "areas",
        "source-layer": "province",
        maxzoom: WARDS_FROM,
        paint: { "line-color": LINE, "line-width": 1.4 },
      },
      {
        ...name,
        id: "province-name",
        filter: ["==", ["get", "level"], "province"],
        layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 13, "text-max-width": 8 },
        paint: halo,
      } as LayerSpecification,
      {
        ...name,
        id: "ward-name",
        filter: ["==", ["get", "level"], "ward"],
        layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 12, "text-max-width": 8 },
        paint: { ...halo, "text-color": colour("quiet") },
      } as LayerSpecification,
    ],
  };
}
