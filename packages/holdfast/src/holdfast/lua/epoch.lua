-- ARGV: base, user id, the epoch where there is none. A login holds what it read against the key, so
-- the key has to be there: were no epoch one, a key lost after `end_user` would let the login in.
--@ common
local READ_MS = 600000           -- longer than the credentials of a login are checked
local key = base .. 'e:' .. ARGV[2]
local epoch = redis.call('GET', key)
if not epoch then
  epoch = ARGV[3]
  redis.call('SET', key, epoch, 'PX', READ_MS)
elseif redis.call('PTTL', key) < READ_MS then redis.call('PEXPIREAT', key, now + READ_MS) end
return reply('done', epoch)
