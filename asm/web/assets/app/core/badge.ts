/** The figure on the app's icon: records without a receipt. */
export async function showBadge(unsent: number): Promise<void> {
  const badge = navigator as { setAppBadge?: (count: number) => Promise<void> };
  await badge.setAppBadge?.(unsent).catch(() => undefined);
}
