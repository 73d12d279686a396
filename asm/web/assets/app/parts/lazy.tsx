/** A page that is fetched when it is first opened; the worker keeps it with the rest. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { readTexts, shared } from "./app-state";

export function lazy<Props extends object>(fetch: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [Part, setPart] = useState<ComponentType<Props> | undefined>(() => loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded) return;
      const both = Promise.all([fetch(), readTexts()]);
      void both.then(([part]) => setPart(() => (loaded = part)), () => setFailed(true));
    }, []);
    if (Part) return <Part {...props} />;
    return <p class="empty">{failed ? shared.t.missing : shared.t.loading}</p>;
  };
}
