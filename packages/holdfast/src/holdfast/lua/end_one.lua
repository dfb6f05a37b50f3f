-- ARGV: base, user id, public id, reason.
local suffix = redis.call('HGET', index_key(ARGV[2]), ARGV[3])
if not suffix or over(suffix, meta(suffix)) then return reply('none') end
bury(suffix, ARGV[4], now)
return reply('done')
