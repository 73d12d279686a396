export type Place = { lat: number; lon: number };
type Hit = { name: string; province_name: string; approximate: boolean; distance_m: number | null };
type Problem = { code: string; detail: string; detail_en: string; errors: { remedy?: string; remedy_en?: string }[] };

let asked = 0;
let released: Promise<void> = Promise.resolve();
// Pressing a button ends the typing, which asks anew. What then moved before the button is let go
// would take the click away from it: nothing is shown while something is pressed.
const press = (): void => {
  released = new Promise((done) => {
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => setTimeout(done), { capture: true, once: true });
    }
  });
};
addEventListener("pointerdown", press, { capture: true });

/** Say in which ward a place is, or what is wrong with it. `exchange` is offered when that is all. */
export async function showWard(frame: HTMLElement, place: Place | null, exchange?: (place: Place) => void): Promise<void> {
  const told = frame.querySelector<HTMLElement>("[data-ward-answer]");
  if (!told) return;
  const turn = ++asked;
  const said = place ? await ask(frame, place, exchange) : [];
  await released;
  // A later move has asked again: its answer counts.
  if (turn === asked) told.replaceChildren(...said);
}

async function ask(frame: HTMLElement, place: Place, exchange?: (place: Place) => void): Promise<(Node | string)[]> {
  try {
    // In the body: the address of a request is kept by whoever passes it on.
    const answer = await fetch("/api/v1/areas/wards/at", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(place),
    });
    const body: unknown = await answer.json();
    return answer.ok ? inWard(frame, body as Hit) : refused(frame, body as Problem, place, exchange);
  } catch {
    // Without a network the form still sends; the ward is then told after it arrives.
    return [];
  }
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
