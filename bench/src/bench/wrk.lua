-- One request over and over; at the end the figures as one line of JSON.
wrk.method = os.getenv("BENCH_METHOD")
local body = io.open(os.getenv("BENCH_BODY")):read("*a")
if body ~= "" then wrk.body = body end

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
