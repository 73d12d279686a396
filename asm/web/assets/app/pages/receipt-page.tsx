/** The receipt of one stay, to be shown, sent or printed. */
import { house, shared, useRead } from "../parts/app-state";
import { Page } from "../parts/frame";
import { Icon } from "../parts/icons";
import { ReceiptCard } from "./receipt-card";

export function ReceiptPage({ id }: { id: string }) {
  const { app, t } = shared;
  const place = house();
  const stays = useRead(() => (place ? app.stays(place.id) : Promise.resolve([])), place?.id);
  const stay = stays?.find((each) => each.id === id);
  const share = async (): Promise<void> => {
    const receipt = await app.receipt(id);
    if (!receipt) return;
    const url = `${location.origin}/verify#${receipt.token}`;
    const shown = { title: t.receipt.title, text: receipt.number, url };
    if (navigator.share) await navigator.share(shown).catch(() => undefined);
    else await navigator.clipboard.writeText(url);
  };
  return (
    <Page title={t.receipt.title}>
      <h1>
        {stay ? `${stay.guest.full_name}, ${t.add.room.toLowerCase()} ${stay.room ?? "–"}` : t.receipt.title}
      </h1>
      <ReceiptCard stayId={id} />
      <p class="line no-print">
        <button type="button" class="btn two" onClick={() => void share()}>
          <Icon name="share" /> {t.receipt.share}
        </button>
        <button type="button" class="btn two" onClick={() => print()}>
          <Icon name="print" /> {t.receipt.print}
        </button>
      </p>
    </Page>
  );
}
