-- ARGV: base, suffix, previous suffix, new suffix, "privilege" or "", grace in ms.
--@ common
--@ alive
--@ told
--@ find
local REMEMBERED = 8
local at, answer = find(ARGV[2], ARGV[3], meta)
if not at then return refusal(answer) end
local key, new, privilege = records .. at, ARGV[4], ARGV[5] == 'privilege'
local list = old_tokens(redis.call('HGET', key, 'o'))
if at ~= ARGV[2] and not privilege then
  -- An old token may rotate again only while no newer one was used: its answer may be lost.
  for _, old in ipairs(list) do
    if old[1] == ARGV[2] and old[2] > 0 then
      local kept = live(whole(key))
      kept[2] = 'kept'
      return kept
    end
  end
end
if redis.call('EXISTS', records .. new) == 1 then return reply('exists') end
redis.call('RENAME', key, records .. new)
list[#list + 1] = {at, 0}
local function tombstone(old)
  redis.call('DEL', records .. old)
  redis.call('HSET', records .. old, 'e', 'rotated', 't', now)
  redis.call('PEXPIRE', records .. old, TOMBSTONE_MS)
end
if privilege then
  for _, old in ipairs(list) do tombstone(old[1]) end
  redis.call('HDEL', records .. new, 'o')
  redis.call('HSET', records .. new, 'n', now)
else
  while #list > REMEMBERED do tombstone(table.remove(list, 1)[1]) end
  local absolute = tonumber(redis.call('HGET', records .. new, 'a'))
  for _, old in ipairs(list) do
    redis.call('DEL', records .. old[1])
    redis.call('HSET', records .. old[1], 'to', new)
    redis.call('PEXPIREAT', records .. old[1], absolute + KEPT_MS)
  end
  redis.call('HSET', records .. new, 'o', pack_old(list), 'g', ARGV[6])
end
local owner = redis.call('HMGET', records .. new, 'u', 'p')
if owner[1] then redis.call('HSET', indexes .. owner[1], owner[2], new) end
return live(whole(records .. new))
