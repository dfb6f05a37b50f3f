-- ARGV: base, user id.
return reply('done', redis.call('GET', base .. 'e:' .. ARGV[2]) or '')
