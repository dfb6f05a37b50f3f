-- ARGV: base, reason, ms to remember it. Records that began until now are over, also when this key
-- is lost: those with an `x` need a `since` that is not later than they are.
--@ common
--@ place
place(base .. 'x', now + tonumber(ARGV[3]), 'at', now, 'reason', ARGV[2], 'since', now)
return reply('done')
