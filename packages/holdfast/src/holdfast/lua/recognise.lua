-- ARGV: base, layout, print of the pepper, print of the previous one or "". Whose store is this?
-- The first write does nothing, and a replica refuses it.
--@ common
--@ place
local YEAR_MS = 31622400000
redis.call('PERSIST', base .. '-')
local f = redis.call('HMGET', base .. 'm', 'l', 'k')
if f[1] and tonumber(f[1]) > tonumber(ARGV[2]) then return reply('foreign', 'layout') end
if f[2] and f[2] ~= ARGV[3] and f[2] ~= ARGV[4] then return reply('foreign', 'pepper') end
if f[1] ~= ARGV[2] or f[2] ~= ARGV[3] then
  place(base .. 'm', now + YEAR_MS, 'l', ARGV[2], 'k', ARGV[3])
end
return reply('done')
