-- ARGV: base, suffix, previous suffix, touch step in ms (or "" for a passive read), "data" or "".
--@ common
--@ alive
--@ told
-- The first write does nothing, and a replica refuses it: what it holds may be old.
redis.call('PERSIST', base .. '-')
local read = ARGV[5] == 'data' and whole or meta
--@ seek
if ARGV[4] ~= '' then touch(key, found, tonumber(ARGV[4])) end
return live(found)
