-- ARGV: base, suffix, public id, idle ms, absolute ms, remember, address, device, user id ("" for
-- nobody), user name, roles, epoch, most sessions, policy, limits x 3, intents.
--@ common
--@ alive
--@ told
--@ find
--@ data
local suffix, public, user = ARGV[2], ARGV[3], ARGV[9]
local key, index = records .. suffix, indexes .. user
if redis.call('EXISTS', key) == 1 then return reply('exists') end
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
    local m = meta(records .. flat[i + 1])
    if over(flat[i + 1], m) then redis.call('HDEL', index, flat[i])
    else living[#living + 1] = {tonumber(m.c), flat[i], flat[i + 1]} end
  end
  if #living >= most and ARGV[14] == 'refuse' then return reply('too-many') end
  table.sort(living, function(a, b) return a[1] == b[1] and a[2] < b[2] or a[1] < b[1] end)
  for i = 1, #living - most + 1 do doomed[i] = living[i][3] end
end

local absolute = now + tonumber(ARGV[5])
local idle = math.min(now + tonumber(ARGV[4]), absolute)
redis.call('HSET', key, 'l', 1, 'p', public, 'c', now, 'n', now, 's', now,
  'i', idle, 'a', absolute, 'w', ARGV[4], 'v', 0)
if ARGV[6] == '1' then redis.call('HSET', key, 'r', 1) end
if ARGV[7] ~= '' then redis.call('HSET', key, 'I', ARGV[7]) end
if ARGV[8] ~= '' then redis.call('HSET', key, 'D', ARGV[8]) end
if #names > 0 then write_staged(key, staged, names, set, 1) end
redis.call('PEXPIREAT', key, idle + KEPT_MS)
if user ~= '' then
  redis.call('HSET', key, 'u', user, 'U', ARGV[10])
  if ARGV[11] ~= '[]' then redis.call('HSET', key, 'R', ARGV[11]) end
  for _, old in ipairs(doomed) do bury(old, 'evicted-by-limit', now) end
  redis.call('HSET', index, public, suffix)
  local left = redis.call('PTTL', index)
  redis.call('PEXPIREAT', index, math.max(absolute + KEPT_MS, now + left))
end
return reply('created', #doomed, live(whole(key)))
