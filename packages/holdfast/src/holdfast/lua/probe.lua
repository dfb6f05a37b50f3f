-- Which commands does Redis refuse here? ARGV: base, then the commands. Each is run on keys that no
-- session has; the last ones take away what the first ones made. It asks nothing of `common`, for
-- the commands in there may be refused, too.
local base = ARGV[1]
local hash, number, text = base .. 's:-', base .. 'n:-', base .. 'e:-'
local tries = {
  {'DEL', hash}, {'PERSIST', base .. '-'}, {'TIME'}, {'HSET', hash, 'f', 1}, {'PEXPIRE', hash, 60000},
  {'HGET', hash, 'f'}, {'HMGET', hash, 'f'}, {'HGETALL', hash}, {'HLEN', hash}, {'EXISTS', hash},
  {'PTTL', hash}, {'HDEL', hash, '-'}, {'RENAME', hash, hash}, {'GET', text}, {'INCR', number},
  {'DECR', number}, {'SET', text, '', 'PX', 1}, {'PEXPIREAT', number, 1}, {'PEXPIREAT', hash, 1},
  {'DEL', number}, {'DEL', hash},
}
local asked, known, refused = {}, {}, {}
for i = 2, #ARGV do asked[ARGV[i]] = true end
local counts = asked['INCR']

-- What a try itself may meet, and what says that no writer is served, or nobody, just now.
local harmless = {'^WRONGTYPE', 'no such key', 'OOM command not allowed'}
local outage = {'READONLY', 'MISCONF', 'NOREPLICAS', 'MASTERDOWN', 'CLUSTERDOWN', 'cluster is down'}
local function says(err, list)
  for _, one in ipairs(list) do if string.find(err, one) then return true end end
  return false
end

for _, try in ipairs(tries) do
  local name = try[1]
  known[name] = true
  -- Who counts nothing may have no right to the keys of counts.
  local wanted = asked[name] and (try[2] ~= number or counts)
  local answer = wanted and redis.pcall(unpack(try))
  local err = type(answer) == 'table' and answer.err
  if err and says(err, outage) then redis.call(unpack(try)) end
  if err and not says(err, harmless) and asked[name] then
    refused[#refused + 1], asked[name] = name, nil
  end
end
-- One that is not tried here is not known to be allowed.
for i = 2, #ARGV do if not known[ARGV[i]] then refused[#refused + 1] = ARGV[i] end end
return refused
