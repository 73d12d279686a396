/** What could not be done, said where everything that is not sent stands; the next deed takes it away. */
import { NoKey, Refused, SignInRequired, StorageFull, Unreachable } from "../core/types";
import { shared } from "./app-state";

let failure = "";
const listeners = new Set<() => void>();

export const lastFailure = (): string => failure;

export function onFailure(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function say(text: string): void {
  failure = text;
  for (const listener of listeners) listener();
}

/** True once it is done. What nobody expects is thrown on. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  say("");
  try {
    await work();
    return true;
  } catch (reason) {
    const text = textOf(reason);
    if (text === undefined) throw reason;
    say(text);
    return false;
  }
}

export function textOf(reason: unknown): string | undefined {
  const { app, t, language } = shared;
  if (reason instanceof StorageFull) return t.net.full;
  if (reason instanceof NoKey) return app.net().inChat ? t.net.inChat : t.signIn.again;
  if (reason instanceof SignInRequired) return t.signIn.expired;
  if (reason instanceof Unreachable) return t.net.needed;
  if (reason instanceof Refused) return language === "en" ? reason.problem.detail_en : reason.problem.detail;
  return undefined;
}
