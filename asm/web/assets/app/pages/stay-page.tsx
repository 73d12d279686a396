/** One guest: longer, leaving, another room; each in two taps, and back in one. */
import type { StayView } from "../core/types";
import { house, shared, useRead } from "../parts/app-state";
import { clock, longDay } from "../parts/dates";
import { Page, link } from "../parts/frame";
import { changeOf } from "../parts/rows";
import { Deeds } from "./stay-deeds";

export function StayPage({ id }: { id: string }) {
  const { app, t } = shared;
  const place = house();
  const read = useRead(async () => {
    if (!place) return undefined;
    const [stays, records] = await Promise.all([app.stays(place.id), app.records(place.id)]);
    return { stay: stays.find((each) => each.id === id), records };
  }, id, place?.id);
  const stay = read?.stay;
  if (!place || !stay) return <Page title={t.stay.title}>{read && <p class="empty">{t.missing}</p>}</Page>;
  return (
    <Page title={t.stay.title}>
      <h1>{stay.guest.full_name}</h1>
      {stay.voided_at && <p class="msg bad">{t.stay.voided}</p>}
      <Facts stay={stay} />
      <Deeds stay={stay} placeId={place.id} waiting={changeOf(read.records, stay)} />
      <a class="btn two tall" href={`/app/receipt/${id}`} onClick={link(`/receipt/${id}`)}>
        {t.stay.receipt}
      </a>
    </Page>
  );
}

function Facts({ stay }: { stay: StayView }) {
  const { t } = shared;
  const moment = (time: string): string => `${clock(time)}, ${longDay(time)}`;
  const lines: [string, string][] = [
    [t.add.room, stay.room ?? "–"],
    [t.stay.number, stay.guest.document_number ?? "–"],
    [t.stay.came, moment(stay.arrived_at)],
    stay.departed_at
      ? [t.stay.left, moment(stay.departed_at)]
      : [t.stay.leaves, stay.planned_departure_at ? longDay(stay.planned_departure_at) : t.stay.noEnd],
    [t.stay.received, moment(stay.received_at)],
  ];
  return (
    <section class="panel">
      <dl class="kv">
        {lines.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd class="num">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
