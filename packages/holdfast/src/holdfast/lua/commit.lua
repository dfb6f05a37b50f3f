-- ARGV: base, suffix, previous suffix, touch step, version expected or "", idempotency key or "",
-- fingerprint, limits x 3, intents. An answer is kept as its time, fingerprint and reply, packed;
-- last its version as a number, by which the oldest is found.
local KEPT_ANSWERS, ANSWERS_MS = 32, 600000
local at, found = find(ARGV[2], ARGV[3], meta)
if not at then return refusal(found) end
local key, idempotency = record_key(at), ARGV[6]
local answers = base .. 'i:' .. found.p

if idempotency ~= '' then
  local kept = redis.call('HGET', answers, idempotency)
  if kept then
    local first = cmsgpack.unpack(kept)
    if now < first[1] + ANSWERS_MS then
      if first[2] ~= ARGV[7] then return reply('reused') end
      return reply('repeated', first[3], first[4])
    end
  end
end

local version = tonumber(found.v)
if ARGV[5] ~= '' and tonumber(ARGV[5]) ~= version then return reply('conflict', '') end
local refused, staged, names, size, count = stage(key, 8, found)
if refused then return refusal(refused) end

version = version + 1
write_staged(key, staged, names, size, count, version)
local values = values_of(staged, names)
if idempotency ~= '' then
  if redis.call('HLEN', answers) >= KEPT_ANSWERS then
    local oldest, when = nil, math.huge
    local all = redis.call('HGETALL', answers)
    for i = 1, #all, 2 do
      local made = cmsgpack.unpack(all[i + 1])[5]
      if made < when then oldest, when = all[i], made end
    end
    redis.call('HDEL', answers, oldest)
  end
  redis.call('HSET', answers, idempotency,
    cmsgpack.pack({now, ARGV[7], int(version), values, version}))
  redis.call('PEXPIRE', answers, ANSWERS_MS)
end
touch(at, found, tonumber(ARGV[4]))
return reply('done', int(version), values)
