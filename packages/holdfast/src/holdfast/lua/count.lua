-- Counts an attempt, unless the limit is reached. ARGV: base, name, limit, window in ms.
--@ common
--@ expire
local key = base .. 'n:' .. ARGV[2]
local count = tonumber(redis.call('GET', key) or 0)
if count >= tonumber(ARGV[3]) then return reply('limited', redis.call('PTTL', key)) end
if redis.call('INCR', key) == 1 then expire(key, now + tonumber(ARGV[4])) end
return reply('done', count + 1)
