-- ARGV: base, then the user id and the public id of each session that is asked about.
--@ common
--@ alive
--@ told
--@ find
-- The first write does nothing, and a replica refuses it: what it holds may be old.
redis.call('PERSIST', base .. '-')
local found = {}
for i = 2, #ARGV, 2 do
  local suffix = redis.call('HGET', indexes .. ARGV[i], ARGV[i + 1])
  local m = suffix and meta(records .. suffix)
  local answer = suffix and over(suffix, m) or not suffix and {'none'}
  found[#found + 1] = answer and refusal(answer) or live(m)
end
return reply('done', found)
