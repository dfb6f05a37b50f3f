-- ARGV: base, suffix, previous suffix, touch step, condition on the version or "", idempotency key
-- or "", fingerprint, limits x 3, intents. An answer is kept as its time, fingerprint and reply, packed;
-- last its version as a number, by which the oldest is found.
--@ common
--@ alive
local KEPT_ANSWERS, ANSWERS_MS = 32, 600000
local fields = {'l', 'i', 'a', 'c', 'w', 'o', 'v', 'z', 'q', 'p', 'u', 'x', 'U'}
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
    q = f[9], p = f[10], u = f[11], x = f[12], U = f[13]}
  for i = 14, #fields do m[fields[i]] = f[i] end
  return m
end

--@ seek
local idempotency, answers = ARGV[6], nil
if idempotency ~= '' then
  answers = base .. 'i:' .. found.p
  local kept = redis.call('HGET', answers, idempotency)
  if kept then
    local first = cmsgpack.unpack(kept)
    if now < first[1] + ANSWERS_MS then
      if first[2] ~= ARGV[7] then return reply('reused') end
      return reply('repeated', first[3], found.p, found.U or '', unpack(first[4]))
    end
  end
end

--@ data
local version = tonumber(found.v)
if ARGV[5] ~= '' and not holds(ARGV[5], found.v) then return reply('conflict', '') end
local refused, staged, names, set = stage(8, found)
if refused then return reply(unpack(refused)) end
local to, gone, oldest = later(found, tonumber(ARGV[4])), sorted_out(staged, names, set), nil
version = version + 1
set[#set + 1], set[#set + 2] = 'v', version
if to then set[#set + 1], set[#set + 2], set[#set + 3], set[#set + 4] = 'i', to, 's', now end

if answers and redis.call('HLEN', answers) >= KEPT_ANSWERS then
  local when, all = math.huge, redis.call('HGETALL', answers)
  for i = 1, #all, 2 do
    local made = cmsgpack.unpack(all[i + 1])[5]
    if made < when then oldest, when = all[i], made end
  end
end

-- All or nothing: what follows the first HSET that counts was allowed before, where it changed
-- nothing. With memory full that HSET is refused unless an allowed write came before: only a
-- commit that takes away begins with one.
if to or answers or #gone > 0 then
  if #gone == 0 or #gone < #names then redis.call('HSET', key, 'v', found.v) end
  if #gone > 0 or oldest then redis.call('HDEL', key, '') end
  if to then redis.call('PEXPIREAT', key, to + KEPT_MS) end
  if answers then redis.call('PEXPIREAT', answers, now + ANSWERS_MS) end
end
redis.call('HSET', key, unpack(set))
if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end

local done = {now, 'done', version, found.p or '', found.U or ''}
for i = 1, #names do done[#done + 1], done[#done + 2] = names[i], staged[names[i]] end
if answers then
  if oldest then redis.call('HDEL', answers, oldest) end
  redis.call('HSET', answers, idempotency, cmsgpack.pack(
    {now, ARGV[7], string.format('%.0f', version), {unpack(done, 6)}, version}))
  redis.call('PEXPIREAT', answers, now + ANSWERS_MS)
end
return done
