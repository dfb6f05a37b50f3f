-- ARGV: base, suffix, public id, idle ms, absolute ms, remember, address, device, user id ("" for
-- nobody), user name, roles, epoch, most sessions, policy, limits x 3, intents.
--@ common
--@ alive
--@ told
--@ find
--@ data
local YEAR_MS = 31622400000
local suffix, public, user = ARGV[2], ARGV[3], ARGV[9]
local key, index = records .. suffix, indexes .. user
-- Read as for the reply, so that it is not refused when the session is there.
if #redis.call('HGETALL', key) > 0 then return reply('exists') end
if user ~= '' and (redis.call('GET', base .. 'e:' .. user) or '') ~= ARGV[12] then
  return reply('epoch')
end
local refused, staged, names, set = stage(15, {})
if refused then return reply(unpack(refused)) end

-- Who has fewer in the index than allowed is not over the limit, whatever became of those.
local doomed, most = {}, tonumber(ARGV[13])
if user ~= '' and redis.call('HLEN', index) >= most then
  local living, flat = {}, redis.call('HGETALL', index)
  for i = 1, #flat, 2 do
    local m = brief(records .. flat[i + 1])
    if over(flat[i + 1], m) then redis.call('HDEL', index, flat[i])
    else living[#living + 1] = {tonumber(m.c), flat[i], flat[i + 1]} end
  end
  if #living >= most and ARGV[14] == 'refuse' then return reply('too-many') end
  local function older(a, b) return a[1] == b[1] and a[2] < b[2] or a[1] < b[1] end
  -- Mostly one: to sort a thousand for it takes 20 times as long.
  if #living == most then
    local oldest = living[1]
    for i = 2, most do if older(living[i], oldest) then oldest = living[i] end end
    doomed[1] = oldest[3]
  else
    table.sort(living, older)
    for i = 1, #living - most + 1 do doomed[i] = living[i][3] end
  end
end

local absolute = now + tonumber(ARGV[5])
local idle = math.min(now + tonumber(ARGV[4]), absolute)
local left = user ~= '' and redis.call('PTTL', index)
local marker = base .. 'x'
local there = redis.call('HGET', marker, 'since')
local marker_ends = now + redis.call('PTTL', marker)
local marked = user ~= '' or there and marker_ends >= absolute + KEPT_MS
local fields = {'l', 1, 'p', public, 'c', now, 'n', now, 's', now, 'i', idle, 'a', absolute,
  'w', ARGV[4], 'v', #names > 0 and 1 or 0}
local function put(name, value) fields[#fields + 1], fields[#fields + 2] = name, value end
if ARGV[6] == '1' then put('r', 1) end
if ARGV[7] ~= '' then put('I', ARGV[7]) end
if ARGV[8] ~= '' then put('D', ARGV[8]) end
if user ~= '' then put('u', user) put('U', ARGV[10]) end
if user ~= '' and ARGV[11] ~= '[]' then put('R', ARGV[11]) end
if marked then put('x', 1) end
for i = 1, #set, 2 do put(set[i], set[i + 1]) end
sorted_out(staged, names, fields)
-- With memory full this is refused, for no allowed write comes before.
redis.call('HSET', key, unpack(fields))
expire(key, idle + KEPT_MS)

-- Only for a user's session: a service that begins none may not write the marker.
local function enter()
  if not there then redis.call('HSET', marker, 'since', now) end
  redis.call('PEXPIREAT', marker, math.max(absolute + KEPT_MS, now + YEAR_MS, marker_ends))
  for _, old in ipairs(doomed) do bury(old, 'evicted-by-limit', now) end
  redis.call('HSET', index, public, suffix)
  redis.call('PEXPIREAT', index, math.max(absolute + KEPT_MS, now + left))
end
if user ~= '' then
  local done, fault = pcall(enter)
  if not done then
    redis.call('PEXPIREAT', key, 1)  -- deletes it, by a command that was allowed before
    error(fault, 0)
  end
end
return reply('created', #doomed, live(whole(key)))
