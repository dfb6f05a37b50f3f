-- ARGV: base, user id.
local index, sessions = index_key(ARGV[2]), {}
local flat = redis.call('HGETALL', index)
for i = 1, #flat, 2 do
  local m = meta(flat[i + 1])
  if over(flat[i + 1], m) then redis.call('HDEL', index, flat[i])
  else sessions[#sessions + 1] = m.told end
end
return reply('done', sessions)
