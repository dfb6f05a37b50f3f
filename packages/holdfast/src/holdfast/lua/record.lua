-- Records: read, judged alive, touched and told.
local records = base .. 's:'
local KEPT_MS = 60000            -- a record outlives its deadline, so that the timeout can be told

-- A record without its data, by name, false where there is none. Nil where something of another
-- type stands.
local function meta(key)
  local f = redis.pcall('HMGET', key, 'l', 'i', 'a', 'c', 'w', 'o', 'p', 'u', 'U', 'R', 'n', 's',
    'v', 'r', 'I', 'D')
  if f.err then return nil end
  return {l = f[1], i = f[2], a = f[3], c = f[4], w = f[5], o = f[6], p = f[7], u = f[8], U = f[9],
    R = f[10], n = f[11], s = f[12], v = f[13], r = f[14], I = f[15], D = f[16]}
end

-- The same with the data, as a list of names and values. The table is made with room for all names:
-- one that grows costs twice as much.
local function whole(key)
  local f = redis.pcall('HGETALL', key)
  if f.err then return nil end
  local data, n = {}, 0
  local m = {l = false, i = false, a = false, c = false, w = false, o = false, p = false, u = false,
    U = false, R = false, n = false, s = false, v = false, r = false, I = false, D = false,
    z = false, q = false, g = false, data = data}
  for i = 1, #f, 2 do
    local name = f[i]
    if m[name] == nil then
      data[n + 1], data[n + 2] = name, f[i + 1]
      n = n + 2
    else m[name] = f[i + 1] end
  end
  return m
end

-- Whether a record lives; find.lua says why one does not.
local function alive(m)
  local idle, created = tonumber(m.i), tonumber(m.c)
  if m.l ~= '1' or not (idle and created and tonumber(m.a)) or now >= idle then return false end
  local all = redis.call('HGET', base .. 'x', 'at')
  return not all or created > tonumber(all)
end

-- Whether it is all there is to find: it lives, and no older token waits for its first use.
local function plain(m)
  return m and alive(m) and not (m.o and string.find(m.o, ':0,', 1, true))
end

-- Moves the idle deadline: never backwards, never past the absolute one, and only when that gains
-- `step` ms or reaches it. PEXPIREAT comes first, for it is allowed when memory is full.
local function touch(key, m, step)
  local absolute, idle = tonumber(m.a), tonumber(m.i)
  local to = math.min(now + tonumber(m.w), absolute)
  if to > idle and (to - idle >= step or to == absolute) then
    redis.call('PEXPIREAT', key, to + KEPT_MS)
    redis.call('HSET', key, 'i', to, 's', now)
    m.i, m.s = string.format('%.0f', to), string.format('%.0f', now)
  end
end

-- What a reply tells of a record, in the order that records.py knows; false where it lacks a part.
local function told(m)
  if not (m.n and m.s and m.w and m.v) then return false end
  return {m.c .. ',' .. m.n .. ',' .. m.s .. ',' .. m.i .. ',' .. m.a .. ',' .. m.w .. ',' .. m.v,
    m.p, m.u, m.U, m.R, m.r, m.I, m.D, m.data or false}
end
