/** Who was declared in the last thirty days, by day of arrival. */
import type { StayView } from "../core/types";
import { house, shared, useRead } from "../parts/app-state";
import { dayOf, longDay, shortDay } from "../parts/dates";
import { Page, link } from "../parts/frame";
import { Icon } from "../parts/icons";

const DAYS = 30;
const DAY_MS = 86_400_000;

export function History() {
  const { app, t } = shared;
  const place = house();
  const [from, to] = [dayOf(Date.now() - DAYS * DAY_MS), dayOf(Date.now() + DAY_MS)];
  const stays = useRead(() => (place ? app.history(place.id, from, to) : Promise.resolve([])), place?.id);
  const byDay = new Map<string, StayView[]>();
  for (const stay of stays ?? []) {
    const day = dayOf(stay.arrived_at);
    byDay.set(day, [...(byDay.get(day) ?? []), stay]);
  }
  return (
    <Page title={t.history.title}>
      <h1>{t.history.title}</h1>
      {stays?.length === 0 && <p class="empty">{t.history.empty}</p>}
      {[...byDay].map(([day, came]) => (
        <section class="panel flush" key={day}>
          <h2 class="pad">{longDay(`${day}T12:00:00+07:00`)}</h2>
          <ul class="rooms">
            {came.map((stay) => (
              <li key={stay.id}>
                <a href={`/app/stay/${stay.id}`} onClick={link(`/stay/${stay.id}`)}>
                  <b class="num">{stay.room ?? t.tonight.noRoom}</b>
                  <span>
                    {stay.voided_at ? <s>{stay.guest.full_name}</s> : stay.guest.full_name}
                    <span class="q s num">
                      {stay.receipt_number}
                      {stay.departed_at && ` · ${t.stay.left} ${shortDay(stay.departed_at)}`}
                    </span>
                  </span>
                  <span class={stay.on_time ? "tag ok" : "tag late"}>
                    <Icon name={stay.on_time ? "check" : "clock"} />
                    <span class="vh">{stay.on_time ? t.state.received : t.state.late}</span>
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Page>
  );
}
