-- ARGV: base, suffix, previous suffix, new suffix, "privilege" or "", grace in ms.
local REMEMBERED = 8
local at, answer = find(ARGV[2], ARGV[3], meta)
if not at then return refusal(answer) end
local key, new, privilege = record_key(at), ARGV[4], ARGV[5] == 'privilege'
local list = old_tokens(redis.call('HGET', key, 'o'))
if at ~= ARGV[2] and not privilege then
  -- An old token may rotate again only while no newer one was used: its answer may be lost.
  for _, old in ipairs(list) do
    if old[1] == ARGV[2] and old[2] > 0 then
      local kept = live(at)
      kept[2] = 'kept'
      return kept
    end
  end
end
if redis.call('EXISTS', record_key(new)) == 1 then return reply('exists') end
redis.call('RENAME', key, record_key(new))
list[#list + 1] = {at, 0}
local function tombstone(old)
  redis.call('DEL', record_key(old))
  redis.call('HSET', record_key(old), 'e', 'rotated', 't', int(now))
  redis.call('PEXPIRE', record_key(old), TOMBSTONE_MS)
end
if privilege then
  for _, old in ipairs(list) do tombstone(old[1]) end
  redis.call('HDEL', record_key(new), 'o')
  redis.call('HSET', record_key(new), 'n', int(now))
else
  while #list > REMEMBERED do tombstone(table.remove(list, 1)[1]) end
  local absolute = tonumber(redis.call('HGET', record_key(new), 'a'))
  for _, old in ipairs(list) do
    redis.call('DEL', record_key(old[1]))
    redis.call('HSET', record_key(old[1]), 'to', new)
    redis.call('PEXPIREAT', record_key(old[1]), int(absolute + KEPT_MS))
  end
  redis.call('HSET', record_key(new), 'o', pack_old(list), 'g', ARGV[6])
end
local owner = redis.call('HMGET', record_key(new), 'u', 'p')
if owner[1] then redis.call('HSET', index_key(owner[1]), owner[2], new) end
return live(new)
