-- ARGV: base, user id.
--@ common
--@ alive
--@ told
--@ find
local index, sessions = indexes .. ARGV[2], {}
local flat = redis.call('HGETALL', index)
for i = 1, #flat, 2 do
  local m = meta(records .. flat[i + 1])
  if over(flat[i + 1], m) then redis.call('HDEL', index, flat[i])
  else sessions[#sessions + 1] = live(m) end
end
return reply('done', sessions)
