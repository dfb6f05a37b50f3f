-- ARGV: base, user id, reason, new epoch, suffix to keep or "", its previous suffix.
-- With memory full the epoch still changes, for DEL or PERSIST comes before it.
--@ common
--@ alive
--@ told
--@ find
local index, keep = indexes .. ARGV[2], nil
redis.call('PERSIST', base .. '-')
redis.call('SET', base .. 'e:' .. ARGV[2], ARGV[4], 'PX', TOMBSTONE_MS)
if ARGV[5] ~= '' then keep = find(ARGV[5], ARGV[6], meta) end
local flat, ended = redis.call('HGETALL', index), 0
for i = 1, #flat, 2 do
  if over(flat[i + 1], meta(records .. flat[i + 1])) then redis.call('HDEL', index, flat[i])
  elseif flat[i + 1] ~= keep then
    bury(flat[i + 1], ARGV[3], now)
    ended = ended + 1
  end
end
return reply('done', ended)
