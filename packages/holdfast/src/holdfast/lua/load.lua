-- ARGV: base, suffix, previous suffix, touch step in ms (or "" for a passive read), "data" or "".
--@ common
--@ alive
--@ told
-- The first write does nothing, and a replica refuses it: what it holds may be old.
redis.call('PERSIST', base .. '-')
local key, read = KEYS[1], ARGV[5] == 'data' and whole or meta
local found = read(key)
if not plain(found) then
  -- Here, for few need it: to make its functions costs 0.4 us.
  --@ find
  local at, m = find(ARGV[2], ARGV[3], read)
  if not at then return refusal(m) end
  key, found = records .. at, m
end
if ARGV[4] ~= '' then touch(key, found, tonumber(ARGV[4])) end
return live(found)
