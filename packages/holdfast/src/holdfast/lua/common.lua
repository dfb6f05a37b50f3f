-- What every script shares. A script gets KEYS[1], a key in the bucket, and ARGV[1], the bucket's
-- base ("hf:{3f}:"): every other key it touches is made from that base, so all are in one slot.
-- Replies begin with the store's clock in ms and a status word.
local base = ARGV[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local LAYOUT = '1'
local KEPT_MS = 60000            -- a record outlives its deadline, so that the timeout can be told
local TOMBSTONE_MS = 86400000

local function int(n) return string.format('%.0f', n) end
local function record_key(suffix) return base .. 's:' .. suffix end
local function index_key(user) return base .. 'u:' .. user end

-- A session ends by becoming its own tombstone. DEL comes first: with memory full the first denied
-- write fails a script, and after an allowed one the rest is let through.
local function bury(suffix, reason, at)
  local key = record_key(suffix)
  local old = redis.call('HMGET', key, 'p', 'u')
  redis.call('DEL', key)
  redis.call('HSET', key, 'e', reason, 't', int(at))
  redis.call('PEXPIRE', key, TOMBSTONE_MS)
  if old[2] then redis.call('HDEL', index_key(old[2]), old[1]) end
  if old[1] then redis.call('DEL', base .. 'i:' .. old[1]) end
end

-- A record without its data, in one read: what decides over it by name, false where there is none,
-- and as `told` what a reply tells of it, in the order that records.py knows. Nil where something
-- of another type stands.
local function meta(suffix)
  local f = redis.pcall('HMGET', record_key(suffix), 'e', 't', 'to', 'l', 'i', 'a', 'c', 'w', 'o',
    'g', 'p', 'v', 'z', 'q', 'u', 'U', 'R', 'n', 's', 'r', 'I', 'D')
  if f.err then return nil end
  return {e = f[1], t = f[2], to = f[3], l = f[4], i = f[5], a = f[6], c = f[7], w = f[8],
    o = f[9], g = f[10], p = f[11], v = f[12], z = f[13], q = f[14], told = f}
end

-- The same with the data; `told` is a list of names and values.
local function whole(suffix)
  local f = redis.pcall('HGETALL', record_key(suffix))
  if f.err then return nil end
  local m = {told = f}
  for i = 1, #f, 2 do m[f[i]] = f[i + 1] end
  return m
end

-- Decides whether the record at `suffix` lives: nil, or what to answer instead of a session.
local function over(suffix, m)
  local key = record_key(suffix)
  if not m then return {'corrupt'} end
  if m.e then return {'ended', m.e, m.t} end
  local idle, absolute, created = tonumber(m.i or ''), tonumber(m.a or ''), tonumber(m.c or '')
  if not (idle and absolute and created and m.l == LAYOUT) then
    return redis.call('EXISTS', key) == 1 and {'corrupt'} or {'none'}
  end
  local all = redis.call('HMGET', base .. 'x', 'at', 'reason')
  if all[1] and created <= tonumber(all[1]) then
    bury(suffix, all[2], all[1])
    return {'ended', all[2], all[1]}
  end
  if now < idle then return nil end
  if now >= idle + KEPT_MS then redis.call('DEL', key) return {'none'} end
  local reason = idle >= absolute and 'absolute-timeout' or 'idle-timeout'
  bury(suffix, reason, idle)
  return {'ended', reason, int(idle)}
end

-- Old tokens stand in field 'o', oldest first, as "suffix:deadline,"; deadline 0 waits for the
-- first use of a newer token.
local function old_tokens(text)
  local list = {}
  for suffix, deadline in string.gmatch(text or '', '([^:,]+):(%d+),') do
    list[#list + 1] = {suffix, tonumber(deadline)}
  end
  return list
end

local function pack_old(list)
  local parts = {}
  for i, old in ipairs(list) do parts[i] = old[1] .. ':' .. int(old[2]) .. ',' end
  return table.concat(parts)
end

-- Where the hash under an old pepper stands for a token, the record moves to the new one.
local function rekey(suffix, previous)
  if previous == '' or redis.call('EXISTS', record_key(suffix)) == 1
     or redis.call('EXISTS', record_key(previous)) == 0 then return end
  redis.call('RENAME', record_key(previous), record_key(suffix))
  local f = redis.call('HMGET', record_key(suffix), 'p', 'u', 'o')
  if f[2] then redis.call('HSET', index_key(f[2]), f[1], suffix) end
  for _, old in ipairs(old_tokens(f[3])) do redis.call('HSET', record_key(old[1]), 'to', suffix) end
end

-- Finds the record of a token: its suffix and what `read` (meta or whole) tells of it, or nil and
-- what to answer. Use of a token starts the grace of the older ones; use of an old one after its
-- grace is reuse, and ends the session.
local function find(suffix, previous, read)
  rekey(suffix, previous)
  local at, m = suffix, read(suffix)
  local alias = m and m.to
  if alias then at, m = alias, read(alias) end
  local answer = over(at, m)
  if answer then return nil, answer end
  if not m.o then
    if alias then return nil, {'ended', 'rotated', '0'} end
    return at, m
  end
  local list, changed, known = old_tokens(m.o), false, not alias
  for _, old in ipairs(list) do
    if old[1] == suffix then
      known = true
      if old[2] > 0 and now >= old[2] then
        bury(at, 'token-reuse', now)
        return nil, {'ended', 'token-reuse', int(now), 'reuse'}
      end
      break
    end
    if old[2] == 0 then old[2] = now + tonumber(m.g); changed = true end
  end
  if not known then return nil, {'ended', 'rotated', '0'} end
  if changed then
    redis.call('PERSIST', base .. '-')  -- a write that is allowed with memory full, of nothing
    redis.call('HSET', record_key(at), 'o', pack_old(list))
  end
  return at, m
end

-- Moves the idle deadline: never backwards, never past the absolute one, and only when that gains
-- `step` ms or reaches it; tells whether it did. PEXPIREAT comes first, for it is allowed when
-- memory is full.
local function touch(at, m, step)
  local absolute, idle = tonumber(m.a), tonumber(m.i)
  local to = math.min(now + tonumber(m.w), absolute)
  if to > idle and (to - idle >= step or to == absolute) then
    redis.call('PEXPIREAT', record_key(at), int(to + KEPT_MS))
    redis.call('HSET', record_key(at), 'i', int(to), 's', int(now))
    return true
  end
end

local function reply(...) return {now, ...} end

local function refusal(answer)
  table.insert(answer, 1, now)
  return answer
end

local function live(at) return reply('live', redis.call('HGETALL', record_key(at))) end
