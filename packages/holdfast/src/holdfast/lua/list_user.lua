-- ARGV: base, user id.
local index, sessions = index_key(ARGV[2]), {}
local flat = redis.call('HGETALL', index)
for i = 1, #flat, 2 do
  if over(flat[i + 1], meta(flat[i + 1])) then redis.call('HDEL', index, flat[i])
  else
    local record = redis.call('HGETALL', record_key(flat[i + 1]))
    local meta = {}
    for j = 1, #record, 2 do
      if string.sub(record[j], 1, 1) ~= ':' then
        meta[#meta + 1] = record[j]; meta[#meta + 1] = record[j + 1]
      end
    end
    sessions[#sessions + 1] = meta
  end
end
return reply('done', sessions)
