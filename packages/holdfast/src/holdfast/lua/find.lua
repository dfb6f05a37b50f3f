-- Finds the record of a token, and ends it or tells why there is none.
local TOMBSTONE_MS = 86400000
local records, indexes = base .. 's:', base .. 'u:'

--@ place
-- A session ends by becoming its own tombstone. The HDEL of nothing asks whether the one behind it
-- will be allowed.
local function bury(suffix, reason, at)
  local key = records .. suffix
  local old = redis.call('HMGET', key, 'p', 'u')
  if old[2] then redis.call('HDEL', indexes .. old[2], '') end
  place(key, now + TOMBSTONE_MS, 'e', reason, 't', at)
  if old[2] then redis.call('HDEL', indexes .. old[2], old[1]) end
  if old[1] then redis.call('DEL', base .. 'i:' .. old[1]) end
end

-- Decides whether the record at `suffix` lives: nil, or what to answer instead of a session.
local function over(suffix, m)
  local key = records .. suffix
  if not m then return {'corrupt'} end
  if alive(suffix, m) then return nil end
  local ended = redis.call('HMGET', key, 'e', 't')
  if ended[1] then return {'ended', ended[1], ended[2]} end
  local idle, created = m.idle, tonumber(m.c)
  if not (idle and m.absolute and created and m.l == '1') or (m.u and not m.p) then
    return redis.call('EXISTS', key) == 1 and {'corrupt'} or {'none'}
  end
  local all = redis.call('HMGET', base .. 'x', 'at', 'reason')
  if all[1] and created <= tonumber(all[1]) then
    bury(suffix, all[2], all[1])
    return {'ended', all[2], all[1]}
  end
  if now >= idle + KEPT_MS then redis.call('DEL', key) return {'none'} end
  if now < idle then
    -- The index does not name it, or `x` was lost. Deleted, it stays over whatever they hold later.
    redis.call('DEL', key)
    return {'none'}
  end
  local reason = idle >= m.absolute and 'absolute-timeout' or 'idle-timeout'
  bury(suffix, reason, idle)
  return {'ended', reason, idle}
end

-- What `over` needs of a record, for scripts that go through all sessions of a user.
local function brief(key)
  local f = redis.pcall('HMGET', key, 'l', 'i', 'a', 'c', 'u', 'p', 'x')
  --@ refused
  return {l = f[1], i = f[2], a = f[3], c = f[4], u = f[5], p = f[6], x = f[7]}
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
  for i, old in ipairs(list) do parts[i] = string.format('%s:%.0f,', old[1], old[2]) end
  return table.concat(parts)
end

-- Whether the alias at `suffix` is there and leads to the record at `to`.
local function leads(suffix, to)
  local f = redis.pcall('HMGET', records .. suffix, 'to')
  --@ refused
  return f[1] == to
end

-- Where a key is named by a hash under the previous pepper, it moves to the name under the new one,
-- and what names it follows. What no longer names it stays as it is: a key that was lost is not
-- made again.
local function rekey(suffix, previous)
  if previous == '' or redis.call('EXISTS', records .. suffix) == 1
     or redis.call('EXISTS', records .. previous) == 0 then return end
  redis.call('PERSIST', base .. '-')  -- a write that is allowed with memory full, of nothing
  local f = redis.pcall('HMGET', records .. previous, 'p', 'u', 'o', 'to')
  --@ refused
  local index = f[1] and f[2] and indexes .. f[2]
  if index and redis.call('HGET', index, f[1]) ~= previous then index = nil end
  local head = f[4] and records .. f[4]
  local text = head and redis.call('HGET', head, 'o')
  -- As they are, to see whether they can be written: else the key would move and they not follow.
  if index then redis.call('HSET', index, f[1], previous) end
  if text then redis.call('HSET', head, 'o', text) end
  redis.call('RENAME', records .. previous, records .. suffix)
  if index then redis.call('HSET', index, f[1], suffix) end
  for _, old in ipairs(old_tokens(f[3])) do
    if leads(old[1], previous) then redis.call('HSET', records .. old[1], 'to', suffix) end
  end
  if text then
    local list = old_tokens(text)
    for _, old in ipairs(list) do if old[1] == previous then old[1] = suffix end end
    redis.call('HSET', head, 'o', pack_old(list))
  end
end

-- Finds the record of a token: its suffix and what `read` (meta or whole) tells of it, or nil and
-- what to answer. Use of a token starts the grace of the older ones; use of an old one after its
-- grace is reuse, and ends the session.
local function find(suffix, previous, read)
  rekey(suffix, previous)
  local at, m = suffix, read(records .. suffix)
  local alias = m and not m.l and redis.call('HGET', records .. suffix, 'to')
  if alias then at, m = alias, read(records .. alias) end
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
        return nil, {'ended', 'token-reuse', now, 'reuse'}
      end
      break
    end
    if old[2] == 0 then
      old[2] = now + tonumber(redis.call('HGET', records .. at, 'g'))
      changed = true
    end
  end
  if not known then return nil, {'ended', 'rotated', '0'} end
  if changed then
    redis.call('PERSIST', base .. '-')  -- a write that is allowed with memory full, of nothing
    redis.call('HSET', records .. at, 'o', pack_old(list))
  end
  return at, m
end

local function refusal(answer)
  table.insert(answer, 1, now)
  return answer
end
