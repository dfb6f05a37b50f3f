-- Applies intents to the data of a session. Values are JSON texts and stay so, byte for byte: a
-- list is split and spliced as text, since a decoder would turn [] into {} and round integers.

-- The new text, false where there is none any longer, or nil when the change does not fit the old.
local function changed(op, old, value)
  if op == 'set' then return value end
  if op == 'delete' then return false end
  if op == 'increment' then
    local most = 9007199254740991
    if old and not string.find(old, '^%-?%d+$') then return nil end
    local before = tonumber(old or 0)
    local after = before + tonumber(value)
    if math.abs(before) > most or math.abs(after) > most then return nil end
    return after == 0 and '0' or string.format('%.0f', after)
  end
  -- Here, for increments are what comes often.
  --@ lists
  if op == 'append' then return append(old, value) end
  if op == 'add' then return add(old, value) end
  if op == 'remove' then return remove(old, value) end
end

-- Works out all intents at ARGV[from] before anything is written: nil and the staged values
-- (false: deleted) in order of their names, or what to answer instead.
-- At ARGV[from]: value, session and name limits, then (op, name, value, condition) each. `m`: the
-- record, with the values that are there (by ":" and name), and how much it holds.
local function stage(from, m)
  local limit_value, limit_session, limit_names =
    tonumber(ARGV[from]), tonumber(ARGV[from + 1]), tonumber(ARGV[from + 2])
  local original, staged, names, grows = {}, {}, {}, false
  for i = from + 3, #ARGV, 4 do
    local op, name, value, condition = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    if original[name] == nil then
      original[name] = m[':' .. name] or false
      staged[name] = original[name]
      names[#names + 1] = name
    end
    if condition ~= '' then
      local tag = original[name] and redis.sha1hex(original[name]) or '-'
      if tag ~= condition then return {'conflict', name} end
    end
    local new = changed(op, staged[name], value)
    if new == nil then return {'wrong-kind', name} end
    if new and #new > limit_value then return {'quota', 'value'} end
    grows = grows or new
    staged[name] = new
  end
  local size, count = tonumber(m.z or 0), tonumber(m.q or 0)
  for _, name in ipairs(names) do
    local old, new = original[name], staged[name]
    size = size + (new and #name + #new or 0) - (old and #name + #old or 0)
    count = count + (new and 1 or 0) - (old and 1 or 0)
  end
  if grows and count > limit_names then return {'quota', 'names'} end
  if grows and size > limit_session then return {'quota', 'session'} end
  return nil, staged, names, size, count
end

-- What only deletes goes through with memory full, for HDEL is allowed then and comes first.
local function write_staged(key, staged, names, size, count, version)
  local set, gone = {'z', size, 'q', count, 'v', version}, {}
  for _, name in ipairs(names) do
    if staged[name] then
      set[#set + 1] = ':' .. name
      set[#set + 1] = staged[name]
    else gone[#gone + 1] = ':' .. name end
  end
  local shrinks = #gone > 0 and #gone == #names
  if shrinks then redis.call('HDEL', key, unpack(gone)) end
  redis.call('HSET', key, unpack(set))
  if #gone > 0 and not shrinks then redis.call('HDEL', key, unpack(gone)) end
end

local function values_of(staged, names)
  local flat = {}
  for _, name in ipairs(names) do
    flat[#flat + 1] = name
    flat[#flat + 1] = staged[name]
  end
  return flat
end
