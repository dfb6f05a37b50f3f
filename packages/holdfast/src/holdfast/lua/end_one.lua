-- ARGV: base, user id, public id, reason.
--@ common
--@ alive
--@ told
--@ find
local suffix = redis.call('HGET', indexes .. ARGV[2], ARGV[3])
if not suffix or over(suffix, meta(records .. suffix)) then return reply('none') end
bury(suffix, ARGV[4], now)
return reply('done')
