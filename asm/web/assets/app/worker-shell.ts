/** The shell's cache: whole before it counts, and the old one kept until then. */

/** What the server serves now: the page and every file that it needs at once. */
export interface Shell {
  version: string;
  page: string;
  files: string[];
}
const PREFIX = "asm-shell-";
/** Parts that are fetched when first used: their names carry their content, so they never age. */
const PARTS = "asm-parts";
const ASSETS = "/static/assets/";

const nameOf = ({ version }: Shell): string => PREFIX + version;

export async function cacheShell(shell: Shell): Promise<void> {
  const cache = await caches.open(nameOf(shell));
  try {
    await cache.put(shell.page, await fetchPage(shell));
    await Promise.all(
      shell.files.map(async (file) => {
        // What the old shell has of the same name is the same: not fetched twice over a weak signal.
        await cache.put(file, (await caches.match(file)) ?? (await fetchFile(file)));
      }),
    );
  } catch (failure) {
    await caches.delete(nameOf(shell));
    throw failure;
  }
}

/** Only the page of just this version: neither a hotspot's nor one of another release. */
async function fetchPage({ page, version }: Shell): Promise<Response> {
  const answer = await fetch(page, { cache: "reload", redirect: "error", credentials: "omit" });
  const text = await answer.clone().text();
  if (!answer.ok || !text.includes(`data-version="${version}"`)) throw new Error("not our page");
  return answer;
}

async function fetchFile(file: string): Promise<Response> {
  const answer = await fetch(file, { redirect: "error", credentials: "omit" });
  const kind = answer.headers.get("Content-Type") ?? "";
  if (!answer.ok || kind.startsWith("text/html")) throw new Error("not our file");
  return answer;
}

export async function dropOldShells(shell: Shell): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== nameOf(shell));
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Undefined: none of ours, the browser asks the network. */
export function fromShell(shell: Shell, request: Request): Promise<Response> | undefined {
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return undefined;
  if (request.mode === "navigate") return cached(shell, shell.page, request);
  if (pathname.startsWith(ASSETS)) return cached(shell, pathname, request);
  return undefined;
}

async function cached(shell: Shell, path: string, request: Request): Promise<Response> {
  const kept = (await (await caches.open(nameOf(shell))).match(path)) ?? (await caches.match(path));
  if (kept) return kept;
  const answer = await fetch(request);
  const kind = answer.headers.get("Content-Type") ?? "";
  if (path.startsWith(ASSETS) && answer.ok && !kind.startsWith("text/html")) {
    await (await caches.open(PARTS)).put(path, answer.clone());
  }
  return answer;
}
