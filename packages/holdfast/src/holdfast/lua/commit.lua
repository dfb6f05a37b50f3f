-- ARGV: base, suffix, previous suffix, touch step, version expected or "", idempotency key or "",
-- fingerprint, limits x 3, intents. An answer is kept as its time, fingerprint and reply, packed;
-- last its version as a number, by which the oldest is found.
--@ common
--@ alive
local KEPT_ANSWERS, ANSWERS_MS = 32, 600000
local fields = {'l', 'i', 'a', 'c', 'w', 'o', 'v', 'z', 'q'}
for i = 12, #ARGV, 4 do
  local field = ':' .. ARGV[i]
  -- Each once, for Lua hands no more than 8000 values on.
  if not fields[field] then fields[#fields + 1], fields[field] = field, true end
end

-- What a commit needs of a record, in one read: the values it changes, too.
local function read(key)
  local f = redis.pcall('HMGET', key, unpack(fields))
  --@ refused
  local m = {l = f[1], i = f[2], a = f[3], c = f[4], w = f[5], o = f[6], v = f[7], z = f[8],
    q = f[9]}
  for i = 10, #fields do m[fields[i]] = f[i] end
  return m
end

--@ seek
local idempotency, answers = ARGV[6], nil
if idempotency ~= '' then
  answers = base .. 'i:' .. redis.call('HGET', key, 'p')
  local kept = redis.call('HGET', answers, idempotency)
  if kept then
    local first = cmsgpack.unpack(kept)
    if now < first[1] + ANSWERS_MS then
      if first[2] ~= ARGV[7] then return reply('reused') end
      return reply('repeated', first[3], unpack(first[4]))
    end
  end
end

--@ data
local version = tonumber(found.v)
if ARGV[5] ~= '' and tonumber(ARGV[5]) ~= version then return reply('conflict', '') end
local refused, staged, names, set = stage(8, found)
if refused then return reply(unpack(refused)) end
version = version + 1
write_staged(key, staged, names, set, version)
local done = {now, 'done', version}
for i = 1, #names do done[#done + 1], done[#done + 2] = names[i], staged[names[i]] end
if answers then
  if redis.call('HLEN', answers) >= KEPT_ANSWERS then
    local oldest, when = nil, math.huge
    local all = redis.call('HGETALL', answers)
    for i = 1, #all, 2 do
      local made = cmsgpack.unpack(all[i + 1])[5]
      if made < when then oldest, when = all[i], made end
    end
    redis.call('HDEL', answers, oldest)
  end
  redis.call('HSET', answers, idempotency, cmsgpack.pack(
    {now, ARGV[7], string.format('%.0f', version), {unpack(done, 4)}, version}))
  redis.call('PEXPIRE', answers, ANSWERS_MS)
end
touch(key, found, tonumber(ARGV[4]))
return done
