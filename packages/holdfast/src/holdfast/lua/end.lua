-- ARGV: base, suffix, previous suffix, reason.
--@ common
--@ alive
--@ told
--@ find
local at, answer = find(ARGV[2], ARGV[3], meta)
if not at then return refusal(answer) end
bury(at, ARGV[4], now)
return reply('done')
