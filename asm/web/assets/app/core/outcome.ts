/** What becomes of a record once the server has answered for it. */
import type { BatchItemResult, Receipt } from "./contract";
import type { Opened } from "./records";

/** Kept and tried again: another try of it is being worked on, or the server cannot just now. */
export const isPassing = ({ status, problem }: BatchItemResult): boolean =>
  status >= 500 || [401, 408, 429].includes(status) || problem?.code === "still_running";

export function receiptsOf({ outcome, changed }: BatchItemResult): Receipt[] {
  const receipts = (outcome?.results ?? []).map(({ receipt }) => receipt);
  return [...receipts, changed?.receipt].filter((receipt) => !!receipt);
}

/** An amendment that waits stays with it: a page turns it into what is still to be sent. */
export function settle({ row, contents }: Opened, result: BatchItemResult): Opened {
  const { problem: _old, ...kept } = contents;
  const problem = result.problem ? { problem: result.problem } : {};
  if (isPassing(result)) return { row: { ...row, state: "waiting" }, contents: { ...kept, ...problem } };
  if (result.status >= 300) {
    return { row: { ...row, state: "sent_back" }, contents: { ...kept, ...problem } };
  }
  const { outcome, changed, quiet_night: quiet } = result;
  const answer = {
    at: new Date().toISOString(),
    ...(outcome && { outcome }),
    ...(changed && { changed }),
    ...(quiet && { quietNight: quiet.night }),
  };
  return { row: { ...row, state: "received" }, contents: { ...kept, answer } };
}
