-- Whether a record lives, and for how long. `m` is what was read of it, by field, false where there
-- is nothing; find.lua says why one does not live.
local KEPT_MS = 60000            -- a record outlives its deadline, so that the timeout can be told

-- What the bucket's marker holds, read once; false where it holds nothing.
local ended_at, since = nil, nil

-- A user's session lives only while the user's index names its record. A lost index therefore ends
-- sessions, and what removes a session from the index ends it, whatever else is lost. In the same
-- way a record with an `x` lives only while the bucket's `x` is there, and began later than it.
-- Keeps the deadlines as numbers in `idle` and `absolute`: to read one costs 0.1 us.
local function alive(suffix, m)
  m.idle, m.absolute = tonumber(m.i), tonumber(m.a)
  if m.l ~= '1' or not (m.idle and m.absolute and m.c) or now >= m.idle then return false end
  if m.u and not (m.p and redis.call('HGET', base .. 'u:' .. m.u, m.p) == suffix) then
    return false
  end
  -- Twice HGET takes 0.8 us, one HMGET 1.4.
  local marker, created = base .. 'x', tonumber(m.c) or 0
  if ended_at == nil then ended_at = redis.call('HGET', marker, 'at') end
  if ended_at and created <= tonumber(ended_at) then return false end
  if not m.x then return true end
  if since == nil then since = redis.call('HGET', marker, 'since') end
  return since and created >= since + 0
end

-- Where the idle deadline moves to: never backwards, never past the absolute one, and only when that
-- gains `step` ms or reaches it. Nil where it stays.
local function later(m, step)
  local to = now + m.w
  if to > m.absolute then to = m.absolute end
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
