-- Takes one counted attempt back, or all. ARGV: base, name, "one" or "all".
--@ common
local key = base .. 'n:' .. ARGV[2]
if ARGV[3] == 'all' or tonumber(redis.call('GET', key) or 0) <= 1 then redis.call('DEL', key)
else redis.call('DECR', key) end
return reply('done')
