-- ARGV: base, user id.
--@ common
return reply('done', redis.call('GET', base .. 'e:' .. ARGV[2]) or '')
