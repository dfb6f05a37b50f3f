-- ARGV: base, suffix, previous suffix, touch step in ms (or "" for a passive read), "data" or "".
-- The first write does nothing, and a replica refuses it: what it holds may be old.
redis.call('PERSIST', base .. '-')
local at, found = find(ARGV[2], ARGV[3])
if not at then return refusal(found) end
if ARGV[4] ~= '' then touch(at, found, tonumber(ARGV[4])) end
if ARGV[5] == 'data' then return live(at) end
local names = {'p', 'u', 'U', 'R', 'c', 'n', 's', 'i', 'a', 'w', 'r', 'v', 'I', 'D', 'l'}
local f, flat = redis.call('HMGET', record_key(at), unpack(names)), {}
for i, name in ipairs(names) do
  if f[i] then flat[#flat + 1] = name; flat[#flat + 1] = f[i] end
end
return reply('live', flat)
