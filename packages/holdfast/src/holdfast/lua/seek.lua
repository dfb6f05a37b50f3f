-- The record of a token, as `read` reads it: where it stands (`key`) and what it holds (`found`).
-- Where there is none, that is answered here.
local key, found = KEYS[1], read(KEYS[1])
-- Mostly it is all there is to find: it lives, and no older token waits for its first use.
if not (found and alive(ARGV[2], found) and not (found.o and string.find(found.o, ':0,', 1, true)))
then
  -- Here, for few need it: to make its functions costs 0.4 us.
  --@ find
  local at, m = find(ARGV[2], ARGV[3], read)
  if not at then return refusal(m) end
  key, found = records .. at, m
end
