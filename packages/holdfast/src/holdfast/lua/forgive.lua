-- Takes one counted attempt back, or all. ARGV: base, then each name with "one" or "all".
--@ common
redis.call('PERSIST', base .. '-')  -- a write that is allowed with memory full, of nothing
for i = 2, #ARGV, 2 do
  local key = base .. 'n:' .. ARGV[i]
  if ARGV[i + 1] == 'all' or tonumber(redis.call('GET', key) or 0) <= 1 then redis.call('DEL', key)
  else redis.call('DECR', key) end
end
return reply('done')
