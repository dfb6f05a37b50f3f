-- ARGV: base, suffix, previous suffix. The data waits a minute under the old token, so that a
-- login that crashed between this and its `create` can be repeated.
--@ common
--@ alive
--@ told
--@ find
local KEPT_DATA_MS = 60000
local kept = base .. 'k:' .. ARGV[2]
local at, answer = find(ARGV[2], ARGV[3], meta)
if not at then
  if answer[2] == 'rotated' and redis.call('EXISTS', kept) == 1 then
    return reply('taken', redis.call('HGETALL', kept))
  end
  return refusal(answer)
end
local all = redis.call('HGETALL', records .. at)
local flat = {}
for i = 1, #all, 2 do
  if all[i] == 'u' then return reply('none') end
  if string.sub(all[i], 1, 1) == ':' then
    flat[#flat + 1] = all[i]; flat[#flat + 1] = all[i + 1]
  end
end
redis.call('HSET', kept, 'l', 1)  -- so that no data can be told from no key
expire(kept, now + KEPT_DATA_MS)
for i = 1, #flat, 2 do redis.call('HSET', kept, flat[i], flat[i + 1]) end
-- Data of a session that goes on must not wait: it would be old when it is taken.
local done, fault = pcall(bury, at, 'rotated', now)
if not done then
  redis.call('PEXPIREAT', kept, 1)
  error(fault, 0)
end
return reply('taken', flat)
