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
local flat, count = redis.call('HGETALL', index), 0
for i = 1, #flat, 2 do
  local suffix = flat[i + 1]
  if suffix ~= keep then
    if over(suffix, brief(records .. suffix)) then redis.call('HDEL', index, flat[i])
    else
      bury(suffix, ARGV[3], now)
      count = count + 1
    end
  end
end
return reply('done', count)
