-- ARGV: base, suffix, previous suffix, new suffix, "privilege" or "", grace in ms.
--@ common
--@ alive
--@ told
--@ find
local REMEMBERED = 8
local at, found = find(ARGV[2], ARGV[3], meta)
if not at then return refusal(found) end
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
-- A token is forgotten after its grace only: until then it may be all that a client has.
local oldest = list[1]
if not privilege and #list >= REMEMBERED and (oldest[2] == 0 or now < oldest[2]) then
  return reply('rotations', oldest[2] == 0 and ARGV[6] or oldest[2] - now)
end
local forgotten, known = privilege and #list or math.max(0, #list + 1 - REMEMBERED), {}
-- An alias that was lost may have been refused since, so it is not made again.
for i = forgotten + 1, #list do known[i] = leads(list[i][1], at) end
-- Behind the first RENAME only the old tokens know the session: no command may be refused there that
-- was not allowed before. So this reads as the reply will, and the index is written as it is.
if #redis.call('HGETALL', records .. new) > 0 then return reply('exists') end
local index = found.u and indexes .. found.u
local ended, alias = {now + TOMBSTONE_MS, 'e', 'rotated', 't', now},
  {found.absolute + KEPT_MS, 'to', new}
prepare(unpack(privilege and ended or alias))
if index then redis.call('HSET', index, found.p, at) end
redis.call('RENAME', key, records .. new)
redis.call('RENAME', beside, key)
if index then redis.call('HSET', index, found.p, new) end
local kept = {}
for i, old in ipairs(list) do
  local name = records .. old[1]
  if i <= forgotten then place(name, unpack(ended))
  elseif known[i] then
    place(name, unpack(alias))
    kept[#kept + 1] = old
  end
end
kept[#kept + 1] = {at, 0}
if privilege then redis.call('HSET', records .. new, 'o', '', 'n', now)
else redis.call('HSET', records .. new, 'o', pack_old(kept), 'g', ARGV[6]) end
return live(whole(records .. new))
