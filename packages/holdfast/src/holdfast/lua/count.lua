-- Counts an attempt under each name, unless the limit of one is reached.
-- ARGV: base, name, window in ms, limit, then further names, each with its limit.
--@ common
--@ expire
local keys, limits = {base .. 'n:' .. ARGV[2]}, {ARGV[4]}
for i = 5, #ARGV, 2 do keys[#keys + 1], limits[#limits + 1] = base .. 'n:' .. ARGV[i], ARGV[i + 1] end
for i, key in ipairs(keys) do
  if tonumber(redis.call('GET', key) or 0) >= tonumber(limits[i]) then
    return reply('limited', redis.call('PTTL', key))
  end
end
for _, key in ipairs(keys) do
  if redis.call('INCR', key) == 1 then expire(key, now + tonumber(ARGV[3])) end
end
return reply('done')
