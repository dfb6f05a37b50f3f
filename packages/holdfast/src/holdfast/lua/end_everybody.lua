-- ARGV: base, reason, ms to remember it. Records that began until now are over, whoever they are.
--@ common
--@ place
place(base .. 'x', now + tonumber(ARGV[3]), 'at', now, 'reason', ARGV[2])
return reply('done')
