// A hotel program in one file, from docs/api.md and the contract alone: no SDK, nothing installed.
//   ASM=http://127.0.0.1:8000 ASM_CLIENT_ID=… ASM_CLIENT_SECRET=… node vendor.ts ../v1/examples/imported.xlsx
// Node 22.18 runs it as it is; before, `tsc` makes JavaScript of it (try.sh does). Everyone in it is invented.
import { readFile } from "node:fs/promises";

type Problem = { code: string; detail: string; errors: { pointer: string; code: string; message: string; remedy?: string }[]; outcome?: any };
class Refused extends Error {
  constructor(readonly status: number, readonly problem: Problem) { super(`${status} ${problem.code}: ${problem.detail}`); }
}
const { ASM, ASM_CLIENT_ID, ASM_CLIENT_SECRET } = process.env;
const API = `${ASM}/api/v1`;
const wait = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000));
let token = "";

async function signIn() {
  const basic = Buffer.from([ASM_CLIENT_ID, ASM_CLIENT_SECRET].map((part) => encodeURIComponent(part ?? "")).join(":")).toString("base64");
  const answer = await fetch(`${API}/oauth/token`, { method: "POST", headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${said.error}: ${said.detail}`); // the words of RFC 6749
  token = said.access_token;
}

/** One request, sent until there is an answer: the same key, so that nothing is stored twice. */
async function call(method: string, path: string, body?: object | Buffer, query = ""): Promise<any> {
  const file = body instanceof Buffer;
  const headers: Record<string, string> = {};
  if (method !== "GET") headers["idempotency-key"] = crypto.randomUUID();
  if (body !== undefined) headers["content-type"] = file ? "application/octet-stream" : "application/json";
  for (let tries = 1; ; tries += 1) {
    let answer: Response;
    try {
      answer = await fetch(API + path + query, { method, headers: { ...headers, authorization: `Bearer ${token}` },
        body: file ? new Uint8Array(body) : body && JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
    } catch (lost) { // no answer: whether it was stored, the same key will tell
      if (tries > 5) throw lost;
      await wait(2 ** tries);
      continue;
    }
    if (answer.status === 204) return undefined;
    if (answer.ok) return answer.headers.get("content-type")?.startsWith("application/json") ? answer.json() : Buffer.from(await answer.arrayBuffer());
    const problem: Problem = await answer.json();
    const again = answer.status === 429 || answer.status >= 500 || problem.code === "still_running";
    if (tries > 5 || !(again || answer.status === 401)) throw new Refused(answer.status, problem); // needs a person
    if (answer.status === 401) await signIn(); // the hour is over
    else await wait(Number(answer.headers.get("retry-after") ?? 5));
  }
}

await signIn();
const [hotel] = await call("GET", "/facilities");
const stays = `/facilities/${hotel.id}/stays`;
const number = `0010900${Math.floor(Math.random() * 1e5).toString().padStart(5, "0")}`;
const guest = { full_name: "Nguyễn Văn Mẫu", birth_date: "1990-08-15", sex: "male", document_type: 1,
  document_number: number, residence_province: "01", phone: "0912345678" };
const declared = await call("POST", stays, { arrived_at: new Date().toISOString(), room: "101", guests: [guest] });
const [{ stay_id: stay, receipt }] = declared.results;
console.log("declared", receipt.number, receipt.on_time ? "in time" : "late");
const amended = await call("PATCH", `${stays}/${stay}`, { guest: { sex: "other" } });
console.log("amended to version", amended.receipt.version, "phone kept:", (await call("GET", `${stays}/${stay}`)).guest.phone);
console.log("QR of", (await call("GET", `${stays}/${stay}/receipt.svg`)).length, "bytes");
const looked = await call("POST", `/facilities/${hotel.id}/imports`, await readFile(process.argv[2]!), "?dry_run=true")
  .catch((refused: Refused) => refused.problem.outcome ?? Promise.reject(refused)); // nothing_accepted tells the rows too
for (const row of looked.rows) console.log("row", row.row, row.status, row.faults.map((fault: any) => `${fault.column}: ${fault.remedy}`).join(" "));
for (let page = 1, pages = 1; page <= pages; page += 1) {
  const list = await call("GET", stays, undefined, `?in_house=false&page=${page}`);
  pages = list.pages;
  console.log("page", page, "of", pages, "with", list.stays.length, "stays");
}
try {
  await call("POST", stays, { arrived_at: new Date().toISOString(), guests: [{ ...guest, document_number: "12" }] });
} catch (refused) {
  if (!(refused instanceof Refused)) throw refused;
  for (const { field, rule } of refused.problem.outcome.results[0].problems) console.log("refused", refused.problem.code, field, rule);
}
console.log("voided, version", (await call("POST", `${stays}/${stay}/void`, { reason: "Khai thử" })).receipt.version);
