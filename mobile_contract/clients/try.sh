#!/usr/bin/env bash
# Makes clients of the contract with four generators, checks their types, and calls a running
# installation of the demo with them: files in, files out, a change that tells one field.
#
#   ASM=http://127.0.0.1:8000 bash mobile_contract/clients/try.sh
#   … and vendor.ts as well, with ASM_CLIENT_ID and ASM_CLIENT_SECRET of a hotel's software.
#
# Needs Java 11, Node 20, Python 3.11 and the package registries; takes about a minute. Not part of
# continuous integration, which has no Java: mobile_contract/v1/tests holds what it found.
set -euo pipefail
ASM=${ASM:-http://127.0.0.1:8000}
export ASM
here=$(cd "$(dirname "$0")" && pwd)
contract=$here/../v1/openapi.json
export WORKBOOK=$here/../v1/examples/imported.xlsx
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openapi-generator-cli==7.26.0 \
  openapi-python-client==0.29.1 segno==1.6.6
npm install --silent --no-audit --no-fund typescript@5.9 @types/node@20 openapi-typescript@7.13.0 \
  openapi-fetch@0.17.0
venv/bin/python -c "
import segno
text = '001090000017||Nguyễn Văn Mẫu|15081990|Nam|1 phố Mẫu, Hà Nội|01012022'
segno.make(text).save('card.png', scale=8, border=6)"

for generator in typescript-fetch python; do
  venv/bin/openapi-generator-cli generate -i "$contract" -g "$generator" -o "$generator" >"$generator.log"
done
venv/bin/openapi-python-client generate --path "$contract" --output-path other-python \
  --config "$here/openapi-python-client.yaml"
npx openapi-typescript "$contract" -o schema.d.ts
venv/bin/pip install --quiet --disable-pip-version-check ./python ./other-python

cat >tsconfig.json <<'JSON'
{"compilerOptions": {"target": "es2022", "module": "nodenext", "moduleResolution": "nodenext",
 "strict": true, "lib": ["es2022", "dom"], "types": ["node"], "skipLibCheck": true, "outDir": "out"},
 "files": ["typescript-fetch/index.ts", "fetch.mts", "vendor.mts"]}
JSON
cp "$here/vendor.ts" vendor.mts
cat >fetch.mts <<'TS'
import { readFile } from "node:fs/promises";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const client = createClient<paths>({ baseUrl: process.env.ASM! });
const signed = await client.POST("/api/v1/tokens", { body: { login: "lan", password: "lan-hoa-sen-2026", label: "try" } });
const headers = { authorization: `Bearer ${signed.data!.token}` };
const hotel = (await client.GET("/api/v1/facilities", { headers })).data![0]!;
const picture = new Blob([await readFile("card.png")]);
const read = await client.POST("/api/v1/readings/card-image", {
  headers: { ...headers, "content-type": "application/octet-stream" },
  body: picture as unknown as string, bodySerializer: (body) => body,
});
const plate = await client.GET("/api/v1/facilities/{facility_id}/address.svg", {
  headers, params: { path: { facility_id: hotel.id } }, parseAs: "blob",
});
if (read.data?.guest?.document_number !== "001090000017" || !plate.data) throw new Error("openapi-fetch");
console.log("openapi-typescript: ok");
TS
cat >fetch.cjs <<'JS'
const { DefaultApi, Configuration } = require("./out/typescript-fetch/index.js");
const { readFileSync } = require("node:fs");
let token = "";
const api = new DefaultApi(new Configuration({ basePath: process.env.ASM, accessToken: async () => token }));
const signIn = async (login, password) => { token = (await api.issueToken({ tokenRequest: { login, password, label: "try" } })).token; };
(async () => {
  await signIn("lan", "lan-hoa-sen-2026");
  const facilityId = (await api.listFacilities())[0].id;
  const number = `0010901${Math.floor(Math.random() * 1e5).toString().padStart(5, "0")}`;
  const guest = { fullName: "Nguyễn Văn Mẫu", birthDate: new Date("1990-08-15"), sex: "male", documentType: 1,
    documentNumber: number, residenceProvince: "01", phone: "0912345678" };
  const declared = await api.declareStay({ facilityId, idempotencyKey: crypto.randomUUID(),
    stayDeclaration: { arrivedAt: new Date(), room: "103", guests: [guest] } });
  const stayId = declared.results[0].stayId;
  await api.amendStay({ facilityId, stayId, amend: { guest: { note: "x" } } });
  if ((await api.getStay({ facilityId, stayId })).guest.phone !== guest.phone) throw new Error("phone");
  const workbook = new Blob([readFileSync(process.env.WORKBOOK)]);
  const picture = new Blob([readFileSync("card.png")]);
  await api.importWorkbook({ facilityId, body: workbook, dryRun: true });
  const files = [await api.markWorkbook({ facilityId, body: workbook }), await api.getReceiptQr({ facilityId, stayId }),
    await api.getAddressPlate({ facilityId })];
  await api.readPassportImage({ body: picture });
  if ((await api.readCardImage({ body: picture })).guest.documentNumber !== "001090000017") throw new Error("card");
  await api.voidStay({ facilityId, stayId, idempotencyKey: crypto.randomUUID(), voidReason: { reason: "thử" } });
  await signIn("minh", "minh-hoan-kiem-2026");
  for (const format of ["geojson", "csv", "gpkg"]) files.push(await api.exportAddresses({ format }));
  await api.importAddresses({ body: new Blob(["lat,lon,address_text\n21.0289,105.8525,9 ngõ Thử\n"]), dryRun: true });
  if (!files.every((file) => file instanceof Blob && file.size > 100)) throw new Error("a file");
  console.log("openapi-generator typescript-fetch: ok");
})();
JS
npx tsc -p .
node fetch.cjs
node out/fetch.mjs

cat >generated.py <<'PY'
import datetime as dt, os, uuid, warnings

warnings.simplefilter("ignore")
import openapi_client as c

conf = c.Configuration(host=os.environ["ASM"])
api = c.DefaultApi(c.ApiClient(conf))


def sign_in(login, password):
    wish = c.TokenRequest(login=login, password=password, label="try")
    conf.access_token = api.issue_token(wish).token


sign_in("lan", "lan-hoa-sen-2026")
hotel = api.list_facilities()[0].id
guest = c.GuestInput(
    full_name="Nguyễn Văn Mẫu", birth_date=dt.date(1990, 8, 15), document_type=1,
    document_number="0010902%05d" % (uuid.uuid4().int % 100000), residence_province="01", phone="0912345678",
)
body = c.StayDeclaration(arrived_at=dt.datetime.now(dt.timezone.utc), guests=[guest], room="104")
stay = api.declare_stay(hotel, body, idempotency_key=str(uuid.uuid4())).results[0].stay_id
api.amend_stay(hotel, stay, c.Amend(guest=c.GuestChange(note="x")))
assert api.get_stay(hotel, stay).guest.phone == "0912345678"
api.amend_stay(hotel, stay, c.Amend(guest=c.GuestChange(phone=None)))
assert api.get_stay(hotel, stay).guest.phone is None
workbook, picture = open(os.environ["WORKBOOK"], "rb").read(), open("card.png", "rb").read()
assert api.import_workbook(hotel, workbook, dry_run=True).read
assert api.read_card_image(picture).guest.document_number == "001090000017"
api.read_passport_image(picture)
files = [api.mark_workbook(hotel, workbook), api.get_receipt_qr(hotel, stay), api.get_address_plate(hotel)]
api.void_stay(hotel, stay, c.VoidReason(reason="thử"), idempotency_key=str(uuid.uuid4()))
sign_in("minh", "minh-hoan-kiem-2026")
files += [api.export_addresses(format=form) for form in ("geojson", "csv", "gpkg")]
api.import_addresses("lat,lon,address_text\n21.0289,105.8525,9 ngõ Thử\n".encode(), dry_run=True)
assert all(isinstance(file, bytes) and len(file) > 100 for file in files)
print("openapi-generator python: ok")
PY
cat >other.py <<'PY'
import importlib, io, os

from asm_accommodation_and_residence_notification_client import AuthenticatedClient, Client
from asm_accommodation_and_residence_notification_client import models as m
from asm_accommodation_and_residence_notification_client.types import File

ASM = os.environ["ASM"]


def call(name, *path, client, **sent):
    operation = importlib.import_module(f"asm_accommodation_and_residence_notification_client.api.default.{name}")
    answer = operation.sync_detailed(*path, client=client, **sent)
    assert answer.status_code == 200 or name == "issue_token", (name, answer.content)
    return answer.parsed


def sign_in(login, password):
    wish = m.TokenRequest(login=login, password=password, label="try")
    return AuthenticatedClient(base_url=ASM, token=call("issue_token", client=Client(base_url=ASM), body=wish).token)


def file(path):
    return File(payload=io.BytesIO(open(path, "rb").read()))


lan = sign_in("lan", "lan-hoa-sen-2026")
hotel = call("list_facilities", client=lan)[0].id
workbook = os.environ["WORKBOOK"]
assert call("import_workbook", hotel, client=lan, body=file(workbook), dry_run=True).read
assert call("read_card_image", client=lan, body=file("card.png")).guest.document_number == "001090000017"
call("read_passport_image", client=lan, body=file("card.png"))
files = [call("mark_workbook", hotel, client=lan, body=file(workbook)), call("get_address_plate", hotel, client=lan)]
minh = sign_in("minh", "minh-hoan-kiem-2026")
files += [call("export_addresses", client=minh, format_=form) for form in m.ExportAddressesFormat]
assert all(len(each.payload.read()) > 100 for each in files)
print("openapi-python-client: ok")
PY
venv/bin/python generated.py
venv/bin/python other.py
if [ -n "${ASM_CLIENT_ID:-}" ]; then node out/vendor.mjs "$WORKBOOK"; fi
