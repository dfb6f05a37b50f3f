-- ARGV: base, suffix, previous suffix, touch step in ms (or "" for a passive read), "data" or "".
-- The first write does nothing, and a replica refuses it: what it holds may be old.
redis.call('PERSIST', base .. '-')
local read = ARGV[5] == 'data' and whole or meta
local at, found = find(ARGV[2], ARGV[3], read)
if not at then return refusal(found) end
if ARGV[4] ~= '' and touch(at, found, tonumber(ARGV[4])) then found = read(at) end
return reply('live', found.told)
