-- ARGV: base, reason, ms to remember it. Records that began until now are over, whoever they are.
--@ common
redis.call('PERSIST', base .. 'x')
redis.call('HSET', base .. 'x', 'at', now, 'reason', ARGV[2])
redis.call('PEXPIRE', base .. 'x', ARGV[3])
return reply('done')
