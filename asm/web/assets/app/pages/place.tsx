/** Register a place to stay: what the ward needs to know of it, and where it stands. */
import { useEffect, useState } from "preact/hooks";

import { Refused, type Registration } from "../core/types";
import { shared } from "../parts/app-state";
import { Field, Picks } from "../parts/field";
import { Page } from "../parts/frame";
import { go } from "../parts/router";

const DRAFT = "place";
type Kind = keyof typeof shared.t.place.kinds;
interface Typed {
  name: string;
  kind: Kind;
  address: string;
  phone: string;
  rooms: string;
  beds: string;
  point?: { lat: number; lon: number; within: number };
  key: string;
}
const fresh = (): Typed => ({
  name: "",
  kind: "boarding_house",
  address: "",
  phone: "",
  rooms: "",
  beds: "",
  key: crypto.randomUUID(),
});

const registrationOf = (typed: Typed): Registration => ({
  kind: typed.kind,
  name: typed.name.trim(),
  phone: typed.phone.trim() || null,
  address_text: typed.address.trim(),
  lat: typed.point?.lat ?? 0,
  lon: typed.point?.lon ?? 0,
  point_source: "phone_gps",
  accuracy_m: typed.point?.within ?? null,
  rooms: typed.rooms
    .split(",")
    .map((name) => ({ name: name.trim(), beds: Number(typed.beds) || 1 }))
    .filter(({ name }) => name),
});

export function Place() {
  const { app, t } = shared;
  const [typed, setTyped] = useState<Typed>(fresh);
  const [wrong, setWrong] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  useEffect(() => void app.draft.load<Typed>(DRAFT).then((kept) => kept && setTyped(kept)), []);
  const change = (more: Partial<Typed>): void => {
    const next = { ...typed, ...more };
    setTyped(next);
    void app.draft.store(DRAFT, next).catch(() => undefined);
  };
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const missing = [
      typed.name.trim() ? "" : t.place.needName,
      typed.address.trim() ? "" : t.place.needAddress,
      typed.point ? "" : t.place.needPoint,
      typed.rooms.trim() && !(Number(typed.beds) >= 1) ? t.place.beds : "",
    ].filter(Boolean);
    setWrong(missing);
    if (missing.length) return;
    setBusy(true);
    try {
      await app.registerFacility(registrationOf(typed), typed.key);
      await app.draft.clear(DRAFT);
      go("/", { replace: true });
    } catch (failure) {
      const said = failure instanceof Refused ? failure.problem : undefined;
      const detail = shared.language === "en" ? said?.detail_en : said?.detail;
      const errors = (said?.errors ?? []).map((e) => (shared.language === "en" ? e.message_en : e.message));
      setWrong(said ? [detail ?? "", ...errors] : [t.place.needsSignal]);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Page title={t.place.title}>
      <h1>{t.place.title}</h1>
      <form class="stack" onSubmit={(event) => void send(event)} noValidate>
        {wrong.length > 0 && (
          <div class="errs" role="alert">
            {wrong.map((text) => (
              <p key={text}>{text}</p>
            ))}
          </div>
        )}
        <Picks
          legend={t.place.kind}
          name="kind"
          of={Object.entries(t.place.kinds) as [Kind, string][]}
          value={typed.kind}
          onPick={(kind) => change({ kind })}
        />
        <Text id="name" label={t.place.name} value={typed.name} onWrite={(name) => change({ name })} />
        <Text id="address" label={t.place.address} value={typed.address} onWrite={(address) => change({ address })} />
        <Text id="phone" label={t.place.phone} kind="tel" value={typed.phone} onWrite={(phone) => change({ phone })} />
        <Text id="rooms" label={t.place.rooms} hint={t.place.roomsHint} value={typed.rooms} onWrite={(rooms) => change({ rooms })} />
        {typed.rooms.trim() && (
          <Text id="beds" label={t.place.beds} kind="numeric" value={typed.beds} onWrite={(beds) => change({ beds })} />
        )}
        <Here point={typed.point} onPoint={(point) => change({ point })} />
        <button class="btn tall" disabled={busy}>
          {t.place.send}
        </button>
      </form>
    </Page>
  );
}

interface TextOptions {
  id: string;
  label: string;
  value: string;
  hint?: string;
  kind?: "text" | "tel" | "numeric";
  onWrite: (text: string) => void;
}

function Text({ id, label, value, hint, kind = "text", onWrite }: TextOptions) {
  return (
    <Field id={id} label={label} hint={hint}>
      <input
        id={id}
        type="text"
        inputMode={kind}
        autocomplete="off"
        value={value}
        onInput={(e) => onWrite(e.currentTarget.value)}
      />
    </Field>
  );
}

function Here({ point, onPoint }: { point: Typed["point"]; onPoint: (point: NonNullable<Typed["point"]>) => void }) {
  const { t } = shared;
  const [said, setSaid] = useState("");
  const take = (): void =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        onPoint({ lat: coords.latitude, lon: coords.longitude, within: Math.round(coords.accuracy) });
        setSaid("");
      },
      () => setSaid(t.place.refused),
      { enableHighAccuracy: true, timeout: 20_000 },
    );
  return (
    <div class="panel stack">
      <p>{t.place.hereWhy}</p>
      <p role="status">{said || (point && t.place.found(point.within))}</p>
      <button type="button" class="btn two" onClick={take}>
        {t.place.here}
      </button>
    </div>
  );
}
