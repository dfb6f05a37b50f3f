-- One request over and over, or one of several; at the end the figures as one line of JSON.
wrk.method = os.getenv("BENCH_METHOD")
local folder = os.getenv("BENCH_FOLDER")
local body = io.open(folder .. "/body"):read("*a")
if body ~= "" then wrk.body = body end

local made = {}
init = function(_)
  -- Made once: what is left for each request is to choose.
  for cookie in io.lines(folder .. "/cookies") do
    wrk.headers["cookie"] = cookie
    made[#made + 1] = wrk.format()
  end
  if #made == 0 then made[1] = wrk.format() end
end
request = function() return made[math.random(#made)] end

local pause_ms = tonumber(os.getenv("BENCH_PAUSE_MS"))
if pause_ms > 0 then
  -- At random, else all connections would go on in step.
  delay = function() return math.random(0, 2 * pause_ms) end
end

done = function(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answers": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
