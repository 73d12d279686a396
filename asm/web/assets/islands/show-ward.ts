export type Place = { lat: number; lon: number };
type Hit = { name: string; province_name: string; approximate: boolean; distance_m: number | null };
type Problem = { code: string; detail: string; detail_en: string; errors: { remedy?: string; remedy_en?: string }[] };

let asked = 0;

/** Say in which ward a place is, or what is wrong with it. `exchange` is offered when that is all. */
export async function showWard(frame: HTMLElement, place: Place | null, exchange?: (place: Place) => void): Promise<void> {
  const told = frame.querySelector<HTMLElement>("[data-ward-answer]");
  if (!told) return;
  const turn = ++asked;
  told.replaceChildren();
  if (!place) return;
  let answer: Response;
  let body: unknown;
  try {
    // In the body: the address of a request is kept by whoever passes it on.
    answer = await fetch("/api/v1/areas/wards/at", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(place),
    });
    body = await answer.json();
  } catch {
    // Without a network the form still sends; the ward is then told after it arrives.
    return;
  }
  // A later move has asked again: its answer counts.
  if (turn !== asked) return;
  if (answer.ok) told.append(...inWard(frame, body as Hit));
  else told.append(...refused(frame, body as Problem, place, exchange));
}

function inWard(frame: HTMLElement, hit: Hit): (Node | string)[] {
  const name = document.createElement("strong");
  name.textContent = `${hit.name}, ${hit.province_name}`;
  return hit.approximate ? [name, " ", mark(frame.dataset.approximate ?? "")] : [name];
}

function refused(frame: HTMLElement, problem: Problem, place: Place, exchange?: (place: Place) => void): Node[] {
  const english = document.documentElement.lang === "en";
  const words = document.createElement("span");
  words.className = "field-error";
  const remedy = problem.errors[0];
  words.textContent = [english ? problem.detail_en : problem.detail, english ? remedy?.remedy_en : remedy?.remedy]
    .filter(Boolean)
    .join(" ");
  if (problem.code !== "coordinates_swapped" || !exchange) return [words];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button second";
  button.textContent = frame.dataset.exchange ?? "";
  button.addEventListener("click", () => exchange({ lat: place.lon, lon: place.lat }));
  return [words, button];
}

function mark(text: string): HTMLElement {
  const made = document.createElement("span");
  made.className = "mark warn";
  made.textContent = text;
  return made;
}
