/** The first page: how long there is, who is in, and what to do next. */
import { useState } from "preact/hooks";

import type { Facility, OutboxRecord, StayView } from "../core/types";
import { chooseHouse, house, shared, useClock, useRead } from "../parts/app-state";
import { attempt } from "../parts/attempts";
import { dayOf, deadline, shortDay } from "../parts/dates";
import { Page, Said, Tries, link } from "../parts/frame";
import { Icon } from "../parts/icons";
import { go, usePath } from "../parts/router";
import { type Row, rowsOf } from "../parts/rows";
import { RecordMark, StayMark } from "../parts/state-mark";

const MORNING_MS = 8 * 3_600_000;
const TAKEN_BACK = "asm-quiet-taken-back";

export function Tonight() {
  const { app, t } = shared;
  const { facilities } = app.session();
  const place = house();
  return (
    <Page title={t.tonight.title} bar={place?.name ?? t.app} first>
      <h1 class="vh">{t.tonight.title}</h1>
      {facilities.length > 1 && <Houses facilities={facilities} chosen={place} />}
      {place?.status === "active" ? <Evening place={place} /> : <NotInForce place={place} />}
      <nav class="line spread">
        <a class="btn two" href="/app/more" onClick={link("/more")}>
          <Icon name="list" /> {t.tonight.more}
        </a>
        <a class="btn two" href="/app/history" onClick={link("/history")}>
          {t.more.history}
        </a>
      </nav>
    </Page>
  );
}

function Houses({ facilities, chosen }: { facilities: Facility[]; chosen: Facility | undefined }) {
  const [, draw] = useState(0);
  const choose = (id: string): void => {
    chooseHouse(id);
    draw((before) => before + 1);
    go("/", { replace: true });
  };
  return (
    <div class="field">
      <label for="house">{shared.t.tonight.house}</label>
      <select id="house" value={chosen?.id} onChange={(event) => choose(event.currentTarget.value)}>
        {facilities.map(({ id, name }) => (
          <option value={id} key={id}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function NotInForce({ place }: { place: Facility | undefined }) {
  const { t } = shared;
  if (!place) {
    return (
      <a class="btn tall" href="/app/place" onClick={link("/place")}>
        {t.more.place}
      </a>
    );
  }
  const { pending, returned, closed } = t.tonight;
  return (
    <section class="msg warn">
      <span>{{ pending, returned, closed, active: "" }[place.status]}</span>
      {place.decision_note && <span>{place.decision_note}</span>}
    </section>
  );
}

function Evening({ place }: { place: Facility }) {
  const { app, t } = shared;
  const now = useClock(20_000);
  const read = useRead(() => Promise.all([app.records(place.id), app.stays(place.id)]), place.id);
  const [records = [], stays = []] = read ?? [];
  const rows = rowsOf(records, stays, now);
  usePath();
  const night = dayOf(now - MORNING_MS);
  const quiet = quietOf(records, stays, night);
  const takeBack = async (): Promise<void> => {
    if (quiet?.state === "received") {
      await app.ask("DELETE", `/api/v1/facilities/${place.id}/quiet-nights/${night}`);
      localStorage.setItem(TAKEN_BACK, quiet.key);
      go("/", { replace: true });
    } else if (quiet) await app.removeUnsent(quiet.key);
  };
  return (
    <>
      <Deadline now={now} waiting={rows.some(({ record }) => record && record.state !== "received")} />
      <a class="btn tall" href="/app/add" onClick={link("/add")}>
        <Icon name="plus" /> {t.tonight.add}
      </a>
      {quiet ? (
        <Said onUndo={quiet.frozen && quiet.state !== "received" ? undefined : () => void attempt(takeBack)}>
          {quiet.state === "received" ? t.tonight.quietSaid : t.tonight.quietWaiting}
        </Said>
      ) : (
        <button
          type="button"
          class="btn two tall"
          onClick={() => void attempt(() => app.save(place.id, { deed: "quiet_night", body: { night } }))}
        >
          {t.tonight.quiet}
        </button>
      )}
      {read && <Here rows={rows} now={now} />}
      {app.net().unsent > 0 && <Waiting />}
    </>
  );
}

/** What was said of tonight, unless it was taken back, or a guest came since: that takes it back. */
function quietOf(records: OutboxRecord[], stays: StayView[], night: string): OutboxRecord | undefined {
  const quiet = records.findLast(({ deed }) => deed.deed === "quiet_night" && deed.body.night === night);
  if (!quiet || quiet.state === "sent_back" || quiet.key === localStorage.getItem(TAKEN_BACK)) return undefined;
  const came = [
    ...stays.map((stay) => stay.arrived_at),
    ...records.map(({ deed }) => (deed.deed === "declare" ? deed.body.arrived_at : "")),
  ];
  return came.some((at) => Date.parse(at) > Date.parse(quiet.savedAt)) ? undefined : quiet;
}

function Deadline({ now, waiting }: { now: number; waiting: boolean }) {
  const { t } = shared;
  const { hour, left, since, whole } = deadline(now);
  return (
    <section class={waiting && left <= 30 ? "panel stack soon" : "panel stack"}>
      <p class="big-line">{t.tonight.left(Math.floor(left / 60), left % 60)}</p>
      <p>{t.tonight.before(hour)}</p>
      <progress max={whole} value={since} aria-label={t.tonight.before(hour)} />
    </section>
  );
}

function Here({ rows, now }: { rows: Row[]; now: number }) {
  const { t } = shared;
  const rooms = new Set(rows.map(({ room }) => room)).size;
  const people = rows.reduce((count, { names }) => count + names.length, 0);
  return (
    <section class="panel flush">
      <h2 class="pad">{rows.length ? t.tonight.here(people, rooms) : t.tonight.empty}</h2>
      <ul class="rooms">
        {rows.map((row) => (
          <li key={row.id}>
            <a href={`/app${row.path}`} onClick={link(row.path)}>
              <b class="num">{row.room || t.tonight.noRoom}</b>
              <span>
                {row.names.map((name, index) => (
                  <span class="name" key={index}>
                    {name}
                  </span>
                ))}
                <Detail row={row} />
              </span>
              {row.record && row.record.state !== "received" ? (
                <RecordMark record={row.record} />
              ) : row.stay ? (
                <StayMark stay={row.stay} now={now} />
              ) : (
                row.record && <RecordMark record={row.record} />
              )}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Detail({ row: { record, stay } }: { row: Row }) {
  const { t } = shared;
  if (record?.state === "sent_back") {
    const { problem } = record;
    const said = problem?.errors?.[0] ?? { message: problem?.detail, message_en: problem?.detail_en };
    return <span class="q s">{shared.language === "en" ? said.message_en : said.message}</span>;
  }
  if (record && record.state !== "received") return <span class="q s">{t.deeds[record.deed.deed]}</span>;
  const leaves = stay?.planned_departure_at;
  return leaves ? <span class="q s">{t.tonight.until(shortDay(leaves))}</span> : null;
}

function Waiting() {
  const { app, t } = shared;
  return (
    <section class="panel stack">
      <p>{t.waitingWhy}</p>
      <button type="button" class="btn two tall" onClick={() => void app.syncNow()}>
        {app.net().syncing ? t.net.sending : t.retry}
      </button>
      {!app.net().persisted && <p class="q s">{t.net.notKept}</p>}
      <Tries />
    </section>
  );
}
