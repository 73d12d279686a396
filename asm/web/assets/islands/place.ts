import "./page";
import type { Pin } from "../map/picker";
import { type Place, showWard } from "./show-ward";

const latitude = document.querySelector<HTMLInputElement>("[name=latitude]");
const longitude = document.querySelector<HTMLInputElement>("[name=longitude]");
const frame = document.querySelector<HTMLElement>("[data-picker]");
let pin: Pin | null = null;

if (latitude && longitude && frame) {
  const read = (): Place | null => {
    // Whole numbers only: the 21 of 21°01'42" is another door. The server reads what else maps write.
    const [lat, lon] = [latitude, longitude].map((field) =>
      field.value.trim() ? Number(field.value.replace(",", ".")) : Number.NaN,
    );
    return lat === undefined || lon === undefined || Number.isNaN(lat) || Number.isNaN(lon) ? null : { lat, lon };
  };
  const write = ({ lat, lon }: Place): void => {
    latitude.value = lat.toFixed(6);
    longitude.value = lon.toFixed(6);
  };
  const found = (source: string, metres?: number): void => {
    const fields = { point_source: source, accuracy_m: metres === undefined ? "" : String(Math.ceil(metres)) };
    for (const [name, value] of Object.entries(fields)) {
      const field = document.querySelector<HTMLInputElement>(`[name=${name}]`);
      if (field) field.value = value;
    }
  };
  const show = (): void => {
    const place = read();
    void showWard(frame, place, (exchanged) => {
      write(exchanged);
      found("");
      show();
    });
    if (place) pin?.moveTo(place);
  };
  // The device's position comes as the same event, with how many metres it may be off.
  const changed = (event: Event): void => {
    if (event instanceof CustomEvent) found("phone_gps", Number(event.detail));
    else found("");
    show();
  };
  latitude.addEventListener("change", changed);
  longitude.addEventListener("change", changed);
  if (read()) show();
  frame.querySelector("[data-open-map]")?.addEventListener("click", async (event) => {
    const button = event.currentTarget as HTMLElement;
    button.setAttribute("aria-busy", "true");
    try {
      // Only now: a landlord on a weak line who has a position needs no map.
      const { openPicker } = await import("../map/picker");
      pin = openPicker(frame, read(), (place, metres) => {
        write(place);
        found("map_click", metres);
        void showWard(frame, place);
      });
    } finally {
      button.removeAttribute("aria-busy");
      button.hidden = pin !== null;
      frame.querySelector<HTMLElement>("[data-no-map]")?.toggleAttribute("hidden", pin !== null);
    }
  });
}
