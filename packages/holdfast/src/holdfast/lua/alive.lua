-- Whether a record lives, and for how long. `m` is what was read of it, by field, false where there
-- is nothing; find.lua says why one does not live.
local records = base .. 's:'
local KEPT_MS = 60000            -- a record outlives its deadline, so that the timeout can be told

-- Keeps its deadlines as numbers in `idle` and `absolute`: to read one costs 0.1 us.
local function alive(m)
  m.idle, m.absolute = tonumber(m.i), tonumber(m.a)
  if m.l ~= '1' or not (m.idle and m.absolute and m.c) or now >= m.idle then return false end
  local all = redis.call('HGET', base .. 'x', 'at')
  return not all or (tonumber(m.c) or 0) > tonumber(all)
end

-- Whether it is all there is to find: it lives, and no older token waits for its first use.
local function plain(m)
  return m and alive(m) and not (m.o and string.find(m.o, ':0,', 1, true))
end

-- Where the idle deadline moves to: never backwards, never past the absolute one, and only when that
-- gains `step` ms or reaches it. Nil where it stays.
local function later(m, step)
  local to = math.min(now + tonumber(m.w), m.absolute)
  if to > m.idle and (to - m.idle >= step or to == m.absolute) then return to end
  return nil
end

-- Moves it. PEXPIREAT comes first, for it is allowed when memory is full.
local function touch(key, m, step)
  local to = later(m, step)
  if to then
    redis.call('PEXPIREAT', key, to + KEPT_MS)
    redis.call('HSET', key, 'i', to, 's', now)
    m.i, m.s = string.format('%.0f', to), string.format('%.0f', now)
  end
end
