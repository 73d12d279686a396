-- wrk: declare one guest after another, each new, in houses picked at random. The same script for
-- the product and its peers. ASM_BENCH_PLACES names a file with a facility and its token per line.
local places = {}
for line in io.lines(os.getenv("ASM_BENCH_PLACES")) do
  local facility, token = line:match("^(%S+) (%S+)$")
  places[#places + 1] = { "/api/v1/facilities/" .. facility .. "/stays", "Bearer " .. token }
end
local birth_places = { "001", "031", "046", "048", "079", "092" }
local arrived, leaves = os.getenv("ASM_BENCH_ARRIVED"), os.getenv("ASM_BENCH_LEAVES")
local body = '{"arrived_at":"' .. arrived .. '","planned_departure_at":"' .. leaves ..
  '","room":"101","reason":1,"guests":[{"full_name":"Nguyễn Văn Mẫu",' ..
  '"birth_date":"19%02d-%02d-%02d","sex":"male","document_type":1,' ..
  '"document_number":"%s0%02d%06d","residence_kind":1,"residence_province":"79"}]}'
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  local seed = io.open("/dev/urandom", "rb")
  local a, b, c, d = seed:read(4):byte(1, 4)
  seed:close()
  math.randomseed(a + b * 256 + c * 65536 + d * 16777216 + number)
  run = string.format("%04x%04x%04x", math.random(0, 65535), math.random(0, 65535), math.random(0, 65535))
  sent = 0
end

function request()
  local place = places[math.random(#places)]
  local year = math.random(50, 99)
  sent = sent + 1
  return wrk.format("POST", place[1], {
    ["Authorization"] = place[2],
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = string.format("%s-%02d-%012d", run, number, sent),
  }, string.format(body, year, math.random(1, 12), math.random(1, 28),
    birth_places[math.random(#birth_places)], year, math.random(0, 999999)))
end

function done(summary, latency, _)
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
