-- Gives a key that a script has just made its deadline. A key without one must not stay.
local function expire(key, at)
  local done = redis.pcall('PEXPIREAT', key, at)
  if type(done) == 'table' and done.err then
    redis.call('DEL', key)
    error(done.err, 0)
  end
end
